import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, describe, test } from 'node:test'
import { networkLeftovers, noNetworks, otherHost } from '../helpers/networks.js'
import { noPods, podHost } from '../helpers/pods.js'
import { systemctl } from '../helpers/systemd.js'

describe('ports', { skip: noPods || noNetworks }, () => {
  const host = podHost()
  const other = otherHost()
  const port = (name: string, number: number, more = {}) => ({ name, protocol: 'tcp', port: number, ...more })
  const web = host.image({
    name: 'web',
    app: {
      exec: ['/bin/sh', '-c', 'for n in 80 8000 8001 8002; do httpd -h /srv -p $n; done; sleep 1000'],
      ports: [port('http', 80), port('range', 8000, { count: 3 }), port('dns', 53, { protocol: 'udp' })],
    },
    files: { 'srv/index.html': 'served\n' },
  })
  const twin = host.image({ name: 'twin', app: { exec: ['/bin/true'], ports: [port('http', 80)] } })
  const odd = host.image({
    name: 'odd',
    app: { exec: ['/bin/true'], ports: [port('assoc', 80, { protocol: 'sctp' })] },
  })

  const CURL = ['curl', '-q', '-sS', '--noproxy', '*', '--max-time', '5', '--retry', '20', '--retry-connrefused']
  const fromHost = (url: string): string => execFileSync(CURL[0] ?? '', [...CURL.slice(1), url], { encoding: 'utf8' })
  const fromOther = (url: string): string => other.execute(...CURL, url)
  const published = (...options: readonly string[]): Promise<string> => host.detach('--net=default', ...options, web)
  const podManifest = async (...ports: readonly object[]): Promise<string> => {
    const file = join(host.scratch, 'pod.json')
    const apps = [{ name: 'web', image: { id: await host.ok(['fetch', web]) } }]
    writeFileSync(file, JSON.stringify({ acKind: 'PodManifest', acVersion: '0.8.11', apps, ports }))
    return file
  }
  const rules = (): string => spawnSync('nft', ['list', 'table', 'inet', 'appc'], { encoding: 'utf8' }).stdout
  const refused = async (net: string, options: readonly string[], ...images: readonly string[]): Promise<string> => {
    const before = await host.list()
    const { status, stderr } = await host.run(`--net=${net}`, ...options, ...images)
    assert.notEqual(status, 0)
    assert.deepEqual(await host.list(), before)
    return stderr
  }

  afterEach(async () => {
    for (const { uuid, state } of await host.list()) if (state === 'running') await host.ok(['stop', '--force', uuid])
    assert.doesNotMatch(rules(), /elements = \{ [^}]*(tcp|udp) \. /)
    assert.deepEqual(networkLeftovers(), { addresses: [], interfaces: [] })
  })
  after(() => void spawnSync('nft', ['delete', 'table', 'inet', 'appc']))

  test('reach the app from another host, from the host by its addresses and 127.0.0.1, and from the pod', async () => {
    const uuid = await published('--port=http:8080')
    for (const address of ['192.0.2.1', '[2001:db8::1]']) {
      assert.equal(fromOther(`http://${address}:8080/`), 'served\n', address)
      assert.equal(fromHost(`http://${address}:8080/`), 'served\n', address)
    }
    assert.equal(fromHost('http://127.0.0.1:8080/'), 'served\n')
    const { pid } = await host.status(uuid)
    for (const address of ['192.0.2.1', '[2001:db8::1]']) {
      const words = [`--net=/proc/${pid}/ns/net`, ...CURL, `http://${address}:8080/`]
      assert.equal(execFileSync('nsenter', words, { encoding: 'utf8' }), 'served\n', `the pod itself, ${address}`)
    }
    assert.notEqual(spawnSync('curl', ['-s', '--max-time', '5', 'http://[::1]:8080/']).status, 0)
  })

  test('list and status show them, also as JSON', async () => {
    const uuid = await published('--port=http:127.0.0.1:8080', '--port=range:9000')
    assert.match(await host.ok(['list']), /127\.0\.0\.1:8080->80\/tcp,9000-9002->8000-8002\/tcp$/m)
    assert.match(await host.ok(['status', uuid]), /^port-http=127\.0\.0\.1:8080->80\/tcp$/m)
    assert.deepEqual((await host.status(uuid)).ports[0], {
      name: 'http',
      protocol: 'tcp',
      host_ip: '127.0.0.1',
      host_port: 8080,
      port: 80,
      count: 1,
    })
  })

  test('SPEC P8: a pod manifest publishes ports that its apps declare, and others by podPort', async () => {
    const manifest = await podManifest(
      { name: 'http', hostPort: 8080 },
      { name: 'range', hostPort: 9000 },
      { name: 'own', hostPort: 8090, hostIP: '192.0.2.1', podPort: port('own', 8001, { count: 2 }) },
    )
    const uuid = await host.detach('--net=default', `--pod-manifest=${manifest}`)
    for (const number of [8080, 9000, 9001, 9002, 8090, 8091]) {
      assert.equal(fromOther(`http://192.0.2.1:${number}/`), 'served\n', String(number))
    }
    for (const number of [8080, 9002]) assert.equal(fromOther(`http://[2001:db8::1]:${number}/`), 'served\n')
    assert.match(await host.ok(['status', uuid]), /^port-own=192\.0\.2\.1:8090-8091->8001-8002\/tcp$/m)
  })

  test('a range leads each port to its own; one address of the host leaves the others alone', async () => {
    await published('--port=range:9000', '--port=http:192.0.2.1:8080', '--port=http:[2001:db8::1]:8081')
    for (const number of [9000, 9001, 9002]) assert.equal(fromOther(`http://192.0.2.1:${number}/`), 'served\n')
    assert.equal(fromOther('http://192.0.2.1:8080/'), 'served\n')
    assert.equal(fromOther('http://[2001:db8::1]:8081/'), 'served\n')
    for (const url of ['http://[2001:db8::1]:8080/', 'http://127.0.0.1:8080/']) {
      assert.equal(spawnSync('curl', ['-s', '--noproxy', '*', '--max-time', '5', url]).status, 7, url)
    }
  })

  test('udp reaches the app', async () => {
    const uuid = await published('--port=dns:5353')
    const { pid } = await host.status(uuid)
    // answers five times; a later one of two sockets would not get the datagrams of its family
    const echo = `use IO::Socket::IP; my $s=IO::Socket::IP->new(Proto=>"udp",LocalHost=>"::",LocalPort=>53,V6Only=>0)
      or die; exit if fork; close STDOUT; close STDERR; for (1..5) { $s->recv(my $m,99); $s->send("<$m>") }`
    const ask = (address: string): string =>
      `use IO::Socket::IP; my $s=IO::Socket::IP->new(Proto=>"udp",PeerHost=>"${address}",PeerPort=>5353) or die;
      alarm 10; $s->send("hello"); $s->recv(my $m,99); print $m`
    execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'perl', '-e', echo])
    for (const address of ['192.0.2.1', '2001:db8::1']) {
      assert.equal(other.execute('perl', '-e', ask(address)), '<hello>', address)
    }
    for (const address of ['192.0.2.1', '2001:db8::1', '127.0.0.1']) {
      assert.equal(execFileSync('perl', ['-e', ask(address)], { encoding: 'utf8' }), '<hello>', `the host, ${address}`)
    }
  })

  test('a flush of all rules cuts a running pod off; the next pod mends that and says so', async () => {
    await published('--port=http:8080')
    spawnSync('nft', ['flush', 'ruleset'])
    const { status, stderr } = await host.run('--net=default', twin)
    assert.equal(status, 0, stderr)
    assert.match(stderr, /^warning: nftables: the table inet appc was missing: made again/m)
    assert.equal(fromOther('http://192.0.2.1:8080/'), 'served\n')
  })

  test('after a flush of all rules a pod ends without a failure', async () => {
    const uuid = await published('--port=http:8080')
    spawnSync('nft', ['flush', 'ruleset'])
    await host.ok(['stop', uuid])
    const { stderr } = await host.appc(['rm', uuid])
    assert.equal(stderr, '')
  })

  test('kill -9 of the pod init leaves none', async () => {
    const uuid = await published('--port=http:8080')
    systemctl('kill', '--signal=KILL', `appc-${uuid.slice(0, 8)}.service`)
    await host.appc(['status', uuid, '--wait'])
    await published('--port=http:8080')
  })

  test('ten pods at once each have their own', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => published(`--port=http:${8100 + index}`)))
    for (let index = 0; index < 10; index++) assert.equal(fromOther(`http://192.0.2.1:${8100 + index}/`), 'served\n')
  })

  test('pods cannot reach 127.0.0.1 of the host by the bridge', async () => {
    await published('--port=http:8080')
    assert.match(rules(), /iifname @bridges ip daddr 127\.0\.0\.0\/8 drop/)
  })

  describe('errors before anything starts', () => {
    test('names', async () => {
      assert.match(await refused('default', ['--port=nope:80'], web), /^appc: port nope: no app .* http, range, dns/)
      assert.match(await refused('default', ['--port=http:80'], web, twin), /^appc: port http: the apps web and twin/)
      assert.match(await refused('default', ['--port=assoc:80'], odd), /^appc: port assoc: sctp/)
    })

    test('ports of a pod manifest', async () => {
      for (const [request, message] of [
        [{ name: 'http', hostPort: 0 }, /ports\[0\]\.hostPort: expected .*65535/],
        [{ name: 'http', hostPort: 70000 }, /ports\[0\]\.hostPort: expected .*65535/],
        [{ name: 'nope', hostPort: 80 }, /^appc: port nope: no app .* http, range, dns/],
        [
          { name: 'x', hostPort: 80, podPort: port('x', 80, { protocol: 'sctp' }) },
          /^appc: port x: sctp: only ports of tcp and udp can be published$/m,
        ],
        [
          { name: 'x', hostPort: 65535, podPort: port('x', 80, { count: 2 }) },
          /^appc: port x: its range of 2 from 65535 ends past 65535$/m,
        ],
      ] as const) {
        assert.match(await refused('default', [`--pod-manifest=${await podManifest(request)}`]), message)
      }
    })

    test('ports', async () => {
      assert.match(await refused('default', ['--port=http:0'], web), /0: expected a port from 1 to 65535$/m)
      assert.match(await refused('default', ['--port=http:70000'], web), /70000: expected a port from 1 to 65535$/m)
      assert.match(await refused('default', ['--port=range:65534'], web), /its range of 3 from 65534 ends past 65535/)
      const twice = ['--port=http:9001', '--port=range:9000']
      assert.match(await refused('default', twice, web), /9000-9002\/tcp: port http of the pod has it/)
      assert.match(await refused('default', ['--port=http:192.0.2.77:80'], web), /no interface of this host/)
      assert.match(await refused('none', ['--port=http:80'], web), /a pod without a network has no ports/)
      assert.match(await refused('default-restricted', ['--port=http:80'], web), /publishes no ports/)
      assert.match(
        await refused('host', ['--port=http:8080'], web),
        /with --net=host the app itself listens on port 80/,
      )
    })

    test('another pod has the port', async () => {
      const uuid = await published('--port=http:8080')
      assert.match(await refused('default', ['--port=http:127.0.0.1:8080'], web), new RegExp(`pod ${uuid} has it`))
    })

    test('a process of the host listens there', async () => {
      const server = await listenOnHost()
      try {
        const line = await refused('default', [`--port=http:${server.number}`], web)
        assert.match(line, new RegExp(`a process of the host listens on 127.0.0.1:${server.number}/tcp`))
      } finally {
        server.close()
      }
    })

    test('a process of the host receives datagrams there', async () => {
      const socket = createSocket('udp4').bind(0, '127.0.0.1')
      await once(socket, 'listening')
      const { port: number } = socket.address()
      try {
        const line = await refused('default', [`--port=dns:${number}`], web)
        assert.match(line, new RegExp(`a process of the host listens on 127.0.0.1:${number}/udp`))
      } finally {
        socket.close()
      }
    })
  })

  test('with the host network, the ports that the app declares are shown', async () => {
    const uuid = await host.detach('--net=host', web, '--exec=/bin/sleep', '--', '1000')
    assert.match(await host.ok(['status', uuid]), /^port-http=80->80\/tcp$/m)
  })

  test('with the host network, status tells where the apps really listen', async () => {
    const uuid = await host.detach(
      ...['--net=host', web, '--exec=/bin/sh', '--', '-c', 'httpd -h /srv -p 127.0.0.1:8077; sleep 1000', '---'],
      ...[twin, '--exec=/bin/sleep', '--', '1000'],
    )
    assert.equal(fromHost('http://127.0.0.1:8077/'), 'served\n')
    assert.match(await host.ok(['status', uuid]), /^app-web-listening=127\.0\.0\.1:8077\/tcp$/m)
    const { listening } = JSON.parse(await host.ok(['status', uuid, '--format=json'])) as Record<string, unknown>
    assert.deepEqual(listening, [{ app: 'web', protocol: 'tcp', address: '127.0.0.1', port: 8077 }])
  })
})

/** A process of the host, this one, that listens on a port of 127.0.0.1. */
async function listenOnHost(): Promise<{ readonly number: number; readonly close: () => void }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { number: address.port, close: () => void server.close() }
}
