import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { appears } from '../helpers/appears.js'
import { networkConfig, networkLeftovers, noNetworks, otherHost, plugin } from '../helpers/networks.js'
import { noPods, podHost } from '../helpers/pods.js'
import type { Seen } from '../helpers/run-cli.js'
import { property, systemctl } from '../helpers/systemd.js'

describe('networks', { skip: noPods || noNetworks }, () => {
  const host = podHost()
  const box = host.image()
  const other = otherHost()
  const run = (net: string, script: string, ...options: readonly string[]): Promise<Seen> =>
    host.run(`--net=${net}`, ...options, box, '--exec=/bin/sh', '--', '-c', script)
  const ok = async (net: string, script: string): Promise<string> => {
    const { status, stdout, stderr } = await run(net, script)
    assert.equal(status, 0, stderr)
    return stdout
  }
  const detach = (net: string, script: string, ...options: readonly string[]): Promise<string> =>
    host.detach(`--net=${net}`, ...options, box, '--exec=/bin/sh', '--', '-c', script)

  afterEach(() => {
    assert.deepEqual(networkLeftovers(), { addresses: [], interfaces: [] })
  })

  describe('default', () => {
    test('a pod has an address of IPv4 and one of IPv6, and routes by them', async () => {
      const seen = await ok('default', 'ip -o address show eth0; ip route; ip -6 route')
      assert.match(seen, /inet 10\.72\.\d+\.\d+\/16 .*\n.*inet6 fd8a:7c2e:a9c0::[0-9a-f]+\/64 /)
      assert.match(seen, /^default via 10\.72\.0\.1 dev eth0/m)
      assert.match(seen, /^default via fd8a:7c2e:a9c0::1 dev eth0/m)
    })

    test('a pod reaches its host and other hosts, which know no way back to it', async () => {
      await ok('default', 'ping -c1 -W5 10.72.0.1 && ping -c1 -W5 192.0.2.2 && ping -c1 -W5 2001:db8::2')
    })

    test('pods reach each other', async () => {
      const uuid = await detach('default', 'echo answer | nc -l -p 80')
      const [network] = (await host.status(uuid)).networks
      assert.equal(network?.name, 'default')
      const address = network.addresses[0]?.replace(/\/.*/, '') ?? ''
      const call = `while ! nc ${address} 80 </dev/null; do :; done`
      assert.equal(await ok('default', call), 'answer\n')
      await host.ok(['status', uuid, '--wait'])
      // the pod has ended; its unit may still be leaving the network, and rm waits for that
      await host.ok(['rm', uuid])
    })

    test('list and status show its addresses while it runs', async () => {
      const uuid = await detach('default', 'sleep 1000')
      const { network, networks } = await host.status(uuid)
      const [{ interface: device, addresses } = { interface: '', addresses: [] }] = networks
      assert.deepEqual([network, device, addresses.length], ['default', 'eth0', 2])
      const [ipv4 = ''] = addresses
      assert.match(await host.ok(['list']), new RegExp(`default:${ipv4.replace('/16', '')}$`, 'm'))
      assert.match(await host.ok(['status', uuid]), new RegExp(`^network-default=eth0,${addresses.join(',')}$`, 'm'))
      await host.ok(['stop', uuid])
      assert.doesNotMatch(await host.ok(['list']), /default:10/)
    })

    test('status --network has the plugins check the networks, and says what is missing', async () => {
      const uuid = await detach('default', 'sleep 1000')
      assert.match(await host.ok(['status', '--network', uuid]), /^network-check=ok$/m)
      const pid = String((await host.status(uuid)).pid)
      execFileSync('nsenter', ['--net', `--target=${pid}`, 'ip', 'link', 'set', 'eth0', 'down'])
      execFileSync('nsenter', ['--net', `--target=${pid}`, 'ip', 'address', 'flush', 'dev', 'eth0'])
      const { status, stdout, stderr } = await host.appc(['status', '--network', uuid])
      assert.equal(status, 1)
      assert.match(stdout, /^network-check=failed$/m)
      assert.match(stderr, /^warning: \/usr\/lib\/cni\/bridge: /m)
      await host.ok(['stop', uuid])
      const ended = await host.appc(['status', '--network', uuid])
      assert.deepEqual(
        [ended.status, ended.stderr.split('\n')[0]],
        [254, `appc: ${uuid}: is not running (exited), so it has no network to check`],
      )
    })

    test('what flushes all rules of the host is mended by the next pod', async () => {
      spawnSync('nft', ['flush', 'ruleset'])
      await ok('default', 'ping -c1 -W5 192.0.2.2')
    })
  })

  describe('default-restricted', () => {
    const HOST = '10.73.0.1'
    // the other host knows a way back
    other.execute('ip', 'route', 'add', '10.73.0.0/16', 'via', '192.0.2.1')
    other.execute('ip', '-6', 'route', 'add', 'fd8a:7c2e:a9c1::/64', 'via', '2001:db8::1')
    /** A way to other hosts, which an app with CAP_NET_ADMIN makes. */
    const ROUTE = `ip route add default via ${HOST}; ip -6 route add default via fd8a:7c2e:a9c1::1`
    const granted = (script: string): readonly string[] => [
      ...['--net=default-restricted', box, '--caps-retain=CAP_NET_ADMIN,CAP_NET_RAW'],
      ...['--exec=/bin/sh', '--', '-c', `${ROUTE}; ${script}`],
    ]

    test('reaches the host and nothing else, even with a route', async () => {
      const isAlone = `ping -c1 -W5 ${HOST} && ! ping -c1 -W1 192.0.2.2 && ! ping -c1 -W1 2001:db8::2`
      await ok('default-restricted', isAlone)
      const { status, stderr } = await host.run(...granted(`ip route | grep default && ${isAlone}`))
      assert.equal(status, 0, stderr)
    })

    test('is reached by the host and its own pods, and by no other network or host', async () => {
      const uuid = await host.detach(...granted('sleep 1000'))
      const addresses = (await host.status(uuid)).networks[0]?.addresses.map((text) => text.replace(/\/.*/, '')) ?? []
      assert.equal(addresses.length, 2)
      for (const address of addresses) {
        const ping = `ping -c1 -W1 ${address}`
        await ok('default-restricted', `ping -c1 -W5 ${address}`)
        assert.equal(spawnSync('busybox', ping.split(' ')).status, 0, `the host does not reach ${address}`)
        assert.notEqual((await run('default', ping)).status, 0, `a pod of default reaches ${address}`)
        assert.throws(() => other.execute('busybox', ...ping.split(' ')), `another host reaches ${address}`)
      }
      await host.ok(['stop', '--force', uuid])
    })

    test('a flush of all rules opens nothing for the next pods', async () => {
      spawnSync('nft', ['flush', 'ruleset'])
      await ok('default-restricted', 'ping -c1 -W5 10.73.0.1')
      assert.match(spawnSync('nft', ['list', 'table', 'inet', 'appc'], { encoding: 'utf8' }).stdout, /"appc1"/)
    })
  })

  test('several networks are eth0, eth1, … in the order given, each with its arguments', async () => {
    const seen = await ok('default-restricted,default:IP=10.72.200.7', 'ip -o -4 address')
    assert.match(seen, /eth0 +inet 10\.73\./)
    assert.match(seen, /eth1 +inet 10\.72\.200\.7\//)
  })

  test('an address that another pod has is an error, and that pod keeps it', async () => {
    const uuid = await detach('default:IP=10.72.200.8', 'sleep 1000')
    const { status, stderr } = await run('default:IP=10.72.200.8', 'true')
    assert.equal(status, 254)
    assert.match(stderr, /^appc: network default: .*bridge: .*10\.72\.200\.8/m)
    assert.equal((await host.list()).length, (await host.list()).filter(({ state }) => state !== 'embryo').length)
    await host.ok(['stop', uuid])
  })

  test('an unknown network is an error before anything is made', async () => {
    const before = await host.list()
    const { status, stderr } = await run('nowhere', 'true')
    assert.deepEqual(
      [status, stderr.split('\n')[0]],
      [254, 'appc: network nowhere: not configured; there are default, default-restricted'],
    )
    assert.deepEqual(await host.list(), before)
  })

  describe('networks of the administrator', () => {
    const RESULT = '{"cniVersion":"1.0.0","ips":[],"dns":{"nameservers":["10.9.9.9"],"search":["pods.example"]}}'
    const names = plugin('names', `[ $CNI_COMMAND = DEL ] || echo '${RESULT}'`)
    const fails = plugin('fails', `[ $CNI_COMMAND = DEL ] || { echo '{"code":1,"msg":"no room today"}'; exit 1; }`)
    const sticks = plugin('sticks', `[ $CNI_COMMAND = ADD ] && { echo '${RESULT}'; exit 0; }; echo "stuck" >&2; exit 1`)
    const hangs = plugin(
      'hangs',
      `[ $CNI_COMMAND = DEL ] || { touch ${join(host.scratch, 'hangs')}; exec sleep 1000; }`,
    )
    const bridge = {
      type: 'bridge',
      bridge: 'appctest1',
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.99.0.0/24' }]] },
    }
    const list = (name: string, ...plugins: readonly object[]) => ({ cniVersion: '1.0.0', name, plugins })
    const config = networkConfig(host.scratch, {
      'names.conflist': list('names', { type: names }),
      'chain.conflist': list('chain', bridge, { type: 'tuning', sysctl: { 'net.core.somaxconn': '77' } }),
      'fails.conflist': list('fails', bridge, { type: fails }),
      'sticks.conflist': list('sticks', { type: sticks }),
      'hangs.conflist': list('hangs', bridge, { type: hangs }),
      'broken.conflist': { name: 'broken' },
    })
    const mark = join(host.scratch, 'hangs')
    const local = `--local-config=${config}`
    const start = (net: string, script: string) =>
      host.start([local, 'run', `--net=${net}`, box, '--exec=/bin/sh', '--', '-c', script])

    test('chains of plugins work, and the name servers are those of the network', async () => {
      const { status, stdout, stderr } = await start(
        'chain,names',
        'ip -o -4 address show eth0; cat /proc/sys/net/core/somaxconn /etc/resolv.conf',
      ).ended
      assert.equal(status, 0, stderr)
      assert.match(stdout, /inet 10\.99\.0\.\d+\/24 .*\n77\nsearch pods\.example\nnameserver 10\.9\.9\.9\n$/)
    })

    test('network list shows them, and what is wrong with a file', async () => {
      const { stdout, stderr } = await host.appc([local, 'network', 'list'])
      assert.match(stdout, /^chain +bridge,tuning +1\.0\.0 +\/.*chain\.conflist$/m)
      assert.match(stdout, /^default +bridge +1\.0\.0 +built in$/m)
      assert.match(stderr, /^warning: .*broken\.conflist: cniVersion: missing; plugins: missing$/m)
      const facts = JSON.parse(await host.ok([local, 'network', 'list', '--format=json'])) as { name: string }[]
      assert.deepEqual(
        facts.map(({ name }) => name),
        ['chain', 'fails', 'hangs', 'names', 'sticks', 'default', 'default-restricted'],
      )
    })

    test('a plugin that fails: its own words, all before it undone, and no pod', async () => {
      const before = await host.list()
      const { status, stderr } = await start('default,fails', 'true').ended
      assert.equal(status, 254)
      assert.match(stderr, /^appc: network fails: \/opt\/cni\/bin\/appc-test-fails: no room today$/m)
      assert.deepEqual(await host.list(), before)
    })

    test('a plugin that fails when the pod leaves: the journal says so, rm warns, and nothing else stays', async () => {
      const { status, stderr } = await start('default,sticks', 'exit 3').ended
      assert.equal(status, 3, stderr)
      const [pod] = (await host.list()).filter(({ network }) => network === 'default,sticks')
      const removed = await host.appc([local, 'rm', pod?.uuid ?? ''])
      assert.equal(removed.status, 0)
      assert.match(removed.stderr, /^warning: .*cannot leave its networks: .*appc-test-sticks/m)
    })

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      test(`${signal} to appc run while a plugin runs: it says so, and leaves no pod and no address`, async () => {
        const before = await host.list()
        const running = start('default,hangs', 'true')
        await appears(host.scratch, () => existsSync(mark))
        running.kill(signal)
        const { status, stderr } = await running.ended
        assert.equal(status, 254)
        assert.match(stderr, new RegExp(`^appc: network hangs: .*: interrupted by ${signal}$`, 'm'))
        assert.deepEqual(await host.list(), before)
        rmSync(mark)
      })
    }

    test('kill -9 of the launcher while a plugin runs: gc leaves nothing', async () => {
      const running = start('default,hangs', 'true')
      await appears(host.scratch, () => existsSync(mark))
      assert.notEqual(networkLeftovers().addresses.length, 0)
      running.kill('SIGKILL')
      await running.ended
      spawnSync('pkill', ['-9', '-f', 'sleep 1000'])
      await host.ok([local, 'gc', '--grace-period=0'])
    })
  })

  describe('nothing stays', () => {
    const counts = (): readonly number[] => [
      readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length,
      spawnSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }).stdout.length,
    ]

    for (const [what, end] of [
      ['systemctl stop', (id: string) => systemctl('stop', `appc-${id}.service`)],
      ['kill -9 of the pod init', (id: string) => systemctl('kill', '--signal=KILL', `appc-${id}.service`)],
      ['kill -9 of the app', (id: string) => systemctl('kill', '--signal=KILL', `appc-${id}-box.service`)],
    ] as const) {
      test(`after ${what}`, async () => {
        await ok('default', 'true')
        const before = counts()
        const uuid = await detach('default', 'sleep 1000')
        assert.notEqual(networkLeftovers().addresses.length, 0)
        assert.match(property(`appc-${uuid.slice(0, 8)}.service`, 'ExecStopPost'), / leave /)
        end(uuid.slice(0, 8))
        await host.appc(['status', uuid, '--wait'])
        await host.ok(['rm', uuid])
        assert.deepEqual(counts(), before)
      })
    }

    test('after a pod whose namespace another process still holds', async () => {
      const uuid = await detach('default', 'sleep 1000')
      const namespace = openSync(`/proc/${property(`appc-${uuid.slice(0, 8)}.service`, 'MainPID')}/ns/net`, 'r')
      try {
        await host.ok(['stop', uuid])
        assert.deepEqual(networkLeftovers().interfaces, [])
      } finally {
        closeSync(namespace)
        await host.ok(['rm', uuid])
      }
    })

    // The kernel may be removing an interface just then.
    test('after twenty pods that are stopped by force, one after the other', async () => {
      for (let round = 0; round < 20; round++) {
        const uuid = await detach('default', 'sleep 1000')
        await host.ok(['stop', '--force', uuid])
        assert.deepEqual(networkLeftovers(), { addresses: [], interfaces: [] })
        await host.ok(['rm', uuid])
      }
    })

    test('after twenty pods at once', async () => {
      const image = await host.ok(['fetch', box])
      const pods = await Promise.all(
        Array.from({ length: 20 }, () =>
          host.run('--net=default', image, '--exec=/bin/sh', '--', '-c', 'ip -o -4 address show eth0'),
        ),
      )
      const addresses = pods.map(({ stdout, stderr }) => /inet (\S+)/.exec(stdout)?.[1] ?? stderr)
      assert.equal(new Set(addresses).size, 20, addresses.join())
    })
  })

  describe('name resolution', () => {
    const READ = 'cat /etc/resolv.conf /etc/hosts'
    const own = host.image({
      name: 'own',
      files: { 'etc/resolv.conf': { content: 'own\n' }, 'etc/hosts': { content: 'own hosts\n' } },
    })
    const files = async (image: string, ...options: readonly string[]): Promise<string> => {
      const words = [...options, '--hostname=me', image, '--exec=/bin/sh', '--', '-c', READ]
      const { status, stdout, stderr } = await host.run(...words)
      assert.equal(status, 0, stderr)
      return stdout
    }
    const LINES = '127.0.0.1 localhost me\n::1 localhost ip6-localhost ip6-loopback\n'

    test('without options an image keeps its own files', async () => {
      assert.equal(await files(own, '--net=none'), 'own\nown hosts\n')
      assert.equal(await files(own, '--net=default'), 'own\nown hosts\n')
    })

    test('options replace the files of an image', async () => {
      const options = ['--dns=192.0.2.53', '--dns-search=a,b', '--hosts-entry=192.0.2.2=other,192.0.2.2=another']
      for (const net of ['none', 'default']) {
        assert.equal(
          await files(own, `--net=${net}`, ...options),
          `search a b\nnameserver 192.0.2.53\n${LINES}192.0.2.2 other another\n`,
        )
      }
    })

    test('host: copies of the host’s files', async () => {
      const copies = readFileSync('/etc/hosts', 'utf8')
      assert.ok((await files(own, '--net=none', '--hosts-entry=host')).endsWith(copies))
    })

    test('names of /etc/hosts resolve in the pod, its own too', async () => {
      const script = 'ping -c1 -W5 other && ping -c1 -W5 me'
      const { status, stderr } = await run('default', script, '--hosts-entry=192.0.2.2=other', '--hostname=me')
      assert.equal(status, 0, stderr)
    })

    test('a volume at a file that an option writes is refused, and nothing is left', async () => {
      const before = await host.list()
      const { status, stderr } = await run(
        'default',
        'true',
        '--dns=192.0.2.53',
        `--volume=own,kind=host,source=${host.scratch}`,
        '--mount=volume=own,target=/etc/resolv.conf',
      )
      assert.equal(status, 254)
      assert.match(stderr, /^appc: app box: has a volume at \/etc\/resolv\.conf, which --dns writes$/m)
      assert.deepEqual(await host.list(), before)
    })
  })
})
