import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { afterEach, describe, test } from 'node:test'
import { networkConfig, networkLeftovers, noNetworks, otherHost } from '../helpers/networks.js'
import { noPods, podHost } from '../helpers/pods.js'
import { systemctl } from '../helpers/systemd.js'

describe('a network of the administrator with portmap, firewall and bandwidth', { skip: noPods || noNetworks }, () => {
  const host = podHost()
  const other = otherHost()
  const web = host.image({
    name: 'web',
    app: {
      exec: ['/bin/sh', '-c', 'httpd -h /srv -p 80; httpd -h /srv -p 8000; httpd -h /srv -p 8001; sleep 1000'],
      ports: [
        { name: 'http', protocol: 'tcp', port: 80 },
        { name: 'range', protocol: 'tcp', port: 8000, count: 2 },
      ],
    },
    files: { 'srv/index.html': 'served\n' },
  })
  const config = networkConfig(host.scratch, {
    'shop.conflist': {
      cniVersion: '1.0.0',
      name: 'shop',
      plugins: [
        {
          type: 'bridge',
          bridge: 'appctest2',
          isGateway: true,
          ipMasq: true,
          ipam: {
            type: 'host-local',
            ranges: [[{ subnet: '10.98.0.0/24' }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true }, snat: true },
        { type: 'firewall' },
        { type: 'bandwidth', egressRate: 80_000_000, egressBurst: 80_000_000 },
      ],
    },
    'pair.conf': {
      cniVersion: '1.0.0',
      name: 'pair',
      type: 'ptp',
      ipMasq: true,
      ipam: { type: 'host-local', subnet: '10.97.0.0/24', routes: [{ dst: '0.0.0.0/0' }] },
    },
  })
  const local = `--local-config=${config}`
  const detach = (...words: readonly string[]): Promise<string> =>
    host.ok([local, 'run', '--detach', '--net=shop', ...words, web])
  const served = (port: number): void => {
    const words = ['-q', '-sS', '--noproxy', '*', '--max-time', '5', '--retry', '20', '--retry-connrefused']
    assert.equal(other.execute('curl', ...words, `http://192.0.2.1:${port}/`), 'served\n')
    assert.equal(execFileSync('curl', [...words, `http://127.0.0.1:${port}/`], { encoding: 'utf8' }), 'served\n')
  }
  /** All rules of iptables, but for the empty chains that the plugins keep for all pods. */
  const rules = (): string =>
    execFileSync('iptables-save', { encoding: 'utf8' })
      .split('\n')
      .filter((line) => /10\.9[78]\.|CNI-(DN|SN)?-?[0-9a-f]{16}|:80\d\d|dport/.test(line))
      .join('\n')

  afterEach(async () => {
    for (const { uuid, state } of await host.list()) if (state === 'running') await host.ok(['stop', '--force', uuid])
    for (const { uuid } of await host.list()) await host.ok(['rm', uuid])
    assert.equal(rules(), '')
    assert.deepEqual(networkLeftovers(), { addresses: [], interfaces: [] })
    assert.deepEqual(spawnSync('ip', ['link', 'show', 'type', 'ifb'], { encoding: 'utf8' }).stdout, '')
  })

  test('its ports are reached, the pod leaves the host, and at its end no rule stays', async () => {
    const uuid = await detach('--port=http:8080', '--port=range:9000')
    for (const port of [8080, 9000, 9001]) served(port)
    assert.match(rules(), /8080/)
    await host.ok(['enter', uuid, 'ping', '-c1', '-W5', '192.0.2.2'])
  })

  test('a port of an address of the host is reached by that only', async () => {
    await detach('--port=http:192.0.2.1:8080')
    assert.equal(other.execute('curl', '-sS', '--noproxy', '*', 'http://192.0.2.1:8080/'), 'served\n')
    const words = ['-s', '--noproxy', '*', '--max-time', '5', 'http://127.0.0.1:8080/']
    assert.equal(spawnSync('curl', words).status, 7)
  })

  test('kill -9 of the pod init leaves no rule', async () => {
    const uuid = await detach('--port=http:8080')
    systemctl('kill', '--signal=KILL', `appc-${uuid.slice(0, 8)}.service`)
    await host.appc(['status', uuid, '--wait'])
  })

  test('a pod on ptp with ipMasq leaves the host, and no rule stays', async () => {
    const { status, stderr } = await host.appc([
      ...[local, 'run', '--net=pair', web, '--exec=/bin/sh'],
      ...['--', '-c', 'ping -c1 -W5 192.0.2.2 && ping -c1 -W5 10.97.0.1'],
    ])
    assert.equal(status, 0, stderr)
  })

  test('beside the default network, the first one publishes', async () => {
    const words = [local, 'run', '--detach', '--net=default,shop', '--port=http:8080', web]
    await host.ok(words)
    assert.doesNotMatch(rules(), /8080/)
    served(8080)
  })
})
