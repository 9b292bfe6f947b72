import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { networkConfig, networkLeftovers, noNetworks, otherHost, plugin } from '../helpers/networks.js'
import { noPods, podHost } from '../helpers/pods.js'
import { APPC, type Seen } from '../helpers/run-cli.js'

describe('networks on a host that lacks something', { skip: noPods || noNetworks }, () => {
  const host = podHost()
  const other = otherHost()
  const box = host.image()
  const ip = (words: string): void => void execFileSync('ip', words.split(' '))
  const sysctl = (...words: readonly string[]): void => void execFileSync('sysctl', ['-q', '-w', ...words])
  const script = (text: string): readonly string[] => [box, '--exec=/bin/sh', '--', '-c', text]
  const run = (net: string, text: string): Promise<Seen> => host.run(`--net=${net}`, ...script(text))
  /** The first line of an error for which no pod was made. */
  const refused = async (words: readonly string[]): Promise<string> => {
    const before = await host.list()
    const { status, stderr } = await host.appc(words)
    assert.equal(status, 254, stderr)
    assert.deepEqual(await host.list(), before)
    return stderr
  }
  const removeBridge = (): void => void spawnSync('ip', ['link', 'delete', 'appc0'], { stdio: 'ignore' })

  beforeEach(removeBridge)
  afterEach(() => {
    removeBridge()
    assert.deepEqual(networkLeftovers(), { addresses: [], interfaces: [] })
  })

  test('IPv6 off: pods have IPv4, reach others and publish ports', async () => {
    const web = host.image({
      name: 'web',
      app: {
        exec: ['/bin/sh', '-c', 'httpd -h /etc -p 80; sleep 1000'],
        ports: [{ name: 'http', protocol: 'tcp', port: 80 }],
      },
    })
    const off = ['all', 'default'].map((scope) => `net.ipv6.conf.${scope}.disable_ipv6`)
    sysctl(...off.map((name) => `${name}=1`))
    try {
      const seen = await run('default', 'ping -c1 -W5 192.0.2.2 >&2 && ip -o address show eth0')
      assert.equal(seen.status, 0, seen.stderr)
      assert.match(seen.stdout, /inet 10\.72\./)
      assert.doesNotMatch(seen.stdout, /fd8a/)
      const uuid = await host.detach('--net=default', '--port=http:8080', web)
      const words = ['curl', '-sS', '--retry', '20', '--retry-connrefused', 'http://192.0.2.1:8080/passwd']
      assert.match(other.execute(...words), /root/)
      await host.ok(['stop', '--force', uuid])
      assert.equal((await run('default-restricted', 'ping -c1 -W5 10.73.0.1')).status, 0)
    } finally {
      sysctl(...off.map((name) => `${name}=0`))
      // the kernel has removed it
      ip('address replace 2001:db8::1/64 dev appctest0 nodad')
    }
    assert.match((await run('default', 'ip -o address show eth0')).stdout, /fd8a/)
  })

  test('forwarding off: it is turned on, and that is said once', async () => {
    const files = ['/proc/sys/net/ipv4/ip_forward', '/proc/sys/net/ipv6/conf/all/forwarding']
    sysctl('net.ipv4.ip_forward=0', 'net.ipv6.conf.all.forwarding=0')
    const first = await run('default', 'ping -c1 -W5 192.0.2.2')
    assert.equal(first.status, 0, first.stderr)
    for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) {
      assert.match(first.stderr, new RegExp(`^warning: ${name}: was off: turned on for network default;`, 'm'))
    }
    assert.deepEqual(
      files.map((file) => readFileSync(file, 'utf8')),
      ['1\n', '1\n'],
    )
    assert.equal((await run('default', 'true')).stderr, '')
  })

  test('a route of the host into the subnet: an error that names both, before anything is made', async () => {
    ip('route add 10.72.5.0/24 via 192.0.2.2')
    try {
      const stderr = await refused(['run', '--net=default', ...script('true')])
      assert.match(
        stderr,
        /^appc: network default: this host has a route to 10\.72\.5\.0\/24 by appctest0, which is in its subnet 10\.72\.0\.0\/16$/m,
      )
      assert.match(stderr, /^hint: for another subnet, write the network to \/etc\/appc\/net\.d\/default\.conflist$/m)
      const dirs = networkConfig(host.scratch, {
        'default.conflist': {
          cniVersion: '1.0.0',
          name: 'default',
          plugins: [
            {
              type: 'bridge',
              bridge: 'appc0',
              isGateway: true,
              ipMasq: true,
              ipam: {
                type: 'host-local',
                ranges: [[{ subnet: '10.172.0.0/16' }]],
                routes: [{ dst: '0.0.0.0/0' }],
              },
            },
          ],
        },
      })
      const words = ['run', '--net=default', ...script('ping -c1 -W5 192.0.2.2')]
      const own = await host.appc([`--local-config=${dirs}`, ...words])
      assert.equal(own.status, 0, own.stderr)
    } finally {
      ip('route delete 10.72.5.0/24')
    }
  })

  test('a wider route is a warning', async () => {
    ip('route add 10.0.0.0/8 via 192.0.2.2')
    try {
      const { status, stderr } = await run('default', 'true')
      assert.equal(status, 0, stderr)
      assert.match(
        stderr,
        /^warning: network default: its subnet 10\.72\.0\.0\/16 is a part of the route to 10\.0\.0\.0\/8/,
      )
      assert.equal((await run('default', 'true')).stderr, '')
    } finally {
      ip('route delete 10.0.0.0/8')
    }
  })

  test('without nft: the package to install', () => {
    const empty = join(host.scratch, 'empty')
    mkdirSync(empty)
    const command = [APPC, `--dir=${host.dir.root}`, 'run', '--net=default', ...script('true')]
    const hidden = `mount --bind ${empty} /usr/sbin && exec "$@"`
    const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', hidden, 'sh', ...command], {
      encoding: 'utf8',
    })
    assert.equal(status, 254, stderr)
    assert.match(
      stderr,
      /^appc: \/usr\/sbin\/nft: is missing, so pods cannot reach other hosts\nhint: apt install nftables$/m,
    )
  })

  describe('configured networks', () => {
    const small = { type: 'bridge', bridge: 'appctest3', ipam: { type: 'host-local', subnet: '10.96.0.0/30' } }
    const rubbish = plugin('rubbish', 'echo "<html>"')
    const list = (name: string, ...plugins: readonly object[]) => ({ cniVersion: '1.0.0', name, plugins })
    const local = (): string =>
      `--local-config=${networkConfig(host.scratch, {
        'small.conflist': list('small', small),
        'lost.conflist': list('lost', { ...small, bridge: 'appctest4' }, { type: 'no-such-plugin' }),
        'rubbish.conflist': list('rubbish', { ...small, bridge: 'appctest4' }, { type: rubbish }),
      })}`
    after(() => {
      for (const name of ['appctest3', 'appctest4']) spawnSync('ip', ['link', 'delete', name])
    })

    test('a subnet that is full: an error of the plugin that names the network', async () => {
      const words = (text: string) => [local(), 'run', '--net=small', ...script(text)]
      const pod = host.start(words('echo up; sleep 1000'))
      await pod.shows('up')
      assert.match(
        await refused(words('true')),
        /^appc: network small: \/usr\/lib\/cni\/bridge: failed to allocate for range 0: no IP addresses available/m,
      )
      pod.kill('SIGTERM')
      await pod.ended
      assert.equal((await host.appc(words('true'))).status, 0)
    })

    test('network list names a plugin that is missing, also as JSON', async () => {
      const { stderr } = await host.appc([local(), 'network', 'list'])
      assert.match(stderr, /^warning: network lost: has no plugin no-such-plugin in \/usr\/lib\/cni, /m)
      const shown = JSON.parse((await host.appc([local(), 'network', 'list', '--format=json'])).stdout) as {
        readonly name: string
        readonly problems: readonly string[]
      }[]
      assert.deepEqual(
        shown.filter(({ problems }) => problems.length > 0).map(({ name }) => name),
        ['lost'],
      )
    })

    test('a plugin that is missing, or prints rubbish', async () => {
      assert.match(
        await refused([local(), 'run', '--net=lost', ...script('true')]),
        /^appc: network lost: has no plugin no-such-plugin in \/usr\/lib\/cni, /m,
      )
      assert.match(
        await refused([local(), 'run', '--net=rubbish', ...script('true')]),
        /^appc: network rubbish: \/opt\/cni\/bin\/appc-test-rubbish: ended without a result$/m,
      )
    })
  })
})
