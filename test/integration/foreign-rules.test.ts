import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { after, afterEach, describe, test } from 'node:test'
import { networkLeftovers, noNetworks, otherHost } from '../helpers/networks.js'
import { noPods, podHost } from '../helpers/pods.js'
import { systemctl } from '../helpers/systemd.js'

const MENDED = /^warning: nftables: the table inet appc was missing: made again, with what all running pods need$/m

describe('pods while other programs flush the rules of the host', { skip: noPods || noNetworks }, () => {
  const host = podHost()
  const other = otherHost()
  const web = host.image({
    name: 'web',
    app: {
      exec: ['/bin/sh', '-c', 'httpd -h /srv -p 80; sleep 1000'],
      ports: [{ name: 'http', protocol: 'tcp', port: 80 }],
    },
    files: { 'srv/index.html': 'served\n' },
  })
  const box = host.image()
  const sleeping = (): Promise<string> => host.detach('--net=default', box, '--exec=/bin/sleep', '--', '1000')
  const leavesHost = async (uuid: string): Promise<boolean> =>
    (await host.appc(['enter', uuid, 'ping', '-c1', '-W5', '192.0.2.2'])).status === 0
  const serves = (): void => {
    const words = ['-q', '-sS', '--noproxy', '*', '--max-time', '5', '--retry', '20', '--retry-connrefused']
    for (const address of ['192.0.2.1', '[2001:db8::1]']) {
      assert.equal(other.execute('curl', ...words, `http://${address}:8080/`), 'served\n')
    }
  }
  const reload = (): void => {
    // Debian's /etc/nftables.conf begins with `flush ruleset`
    systemctl('start', 'nftables.service')
    systemctl('reload', 'nftables.service')
    assert.notEqual(spawnSync('nft', ['list', 'table', 'inet', 'appc']).status, 0)
  }

  afterEach(async () => {
    for (const { uuid, state } of await host.list()) if (state === 'running') await host.ok(['stop', '--force', uuid])
    assert.deepEqual(networkLeftovers(), { addresses: [], interfaces: [] })
  })
  after(() => {
    systemctl('stop', 'nftables.service')
    spawnSync('nft', ['flush', 'ruleset'])
  })

  test('a flush of the tables of iptables cuts no pod off', async () => {
    const [, client] = [await host.detach('--net=default', '--port=http:8080', web), await sleeping()]
    for (const program of ['iptables', 'ip6tables']) {
      execFileSync(program, ['-F'])
      for (const words of ['-t nat -F', '-X', '-t nat -X']) execFileSync(program, words.split(' '))
    }
    assert.ok(await leavesHost(client))
    serves()
    assert.equal((await host.appc(['gc'])).stderr, '')
  })

  test('after systemctl reload nftables, gc mends the table and says so', async () => {
    const [, client] = [await host.detach('--net=default', '--port=http:8080', web), await sleeping()]
    reload()
    assert.match((await host.appc(['gc'])).stderr, MENDED)
    assert.ok(await leavesHost(client))
    serves()
    assert.equal((await host.appc(['gc'])).stderr, '')
  })

  test('after systemctl reload nftables, the next run mends the table and says so', async () => {
    const client = await sleeping()
    reload()
    const { status, stderr } = await host.run('--net=default', box, '--exec=/bin/true')
    assert.deepEqual([status, MENDED.test(stderr)], [0, true], stderr)
    assert.ok(await leavesHost(client))
    reload()
    const published = await host.appc(['run', '--detach', '--net=default', '--port=http:8080', web])
    assert.match(published.stderr, MENDED)
    assert.ok(await leavesHost(client))
    serves()
  })

  test('status --network names the missing table', async () => {
    const client = await sleeping()
    reload()
    const { status, stderr } = await host.appc(['status', '--network', client])
    assert.equal(status, 1)
    assert.match(stderr, /^warning: nftables: the table inet appc is missing; appc gc makes it again$/m)
  })

  test('a pod that has ended gets nothing back', async () => {
    const uuid = await host.detach('--net=default', '--port=http:8080', web)
    await sleeping()
    reload()
    await host.ok(['stop', uuid])
    assert.match((await host.appc(['gc'])).stderr, MENDED)
    assert.doesNotMatch(execFileSync('nft', ['list', 'table', 'inet', 'appc'], { encoding: 'utf8' }), /8080/)
  })

  test('without a pod that needs the table, gc makes none', async () => {
    await host.detach('--net=none', box, '--exec=/bin/sleep', '--', '1000')
    reload()
    assert.equal((await host.appc(['gc'])).stderr, '')
    assert.notEqual(spawnSync('nft', ['list', 'table', 'inet', 'appc']).status, 0)
  })
})
