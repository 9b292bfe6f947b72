import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { FUNCTIONS, partsOf, statusOf } from '../helpers/metadata.js'
import { noPods, podHost } from '../helpers/pods.js'
import { journal, loadedUnits, property, systemctl } from '../helpers/systemd.js'

describe('the metadata service', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image({ manifest: { annotations: [{ name: 'example.com/a', value: 'of the image' }] } })
  const words = (net: string, script: string, ...options: readonly string[]): string[] => [
    ...[`--net=${net}`, ...options, box, '--exec=/bin/sh', '--', '-c', `${FUNCTIONS}${script}`],
  ]
  const ok = async (net: string, script: string, ...options: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await host.run(...words(net, script, ...options))
    assert.equal(status, 0, stderr)
    return stdout
  }
  /** A pod that writes its URL, and then does what is written to it with `say`. */
  async function detached(net: string, ...options: readonly string[]) {
    const uuid = await host.detach(...words(net, 'echo $AC_METADATA_URL > /tmp/url; exec sleep 1000', ...options))
    const enter = (script: string) => host.appc(['enter', uuid, '/bin/sh', '-c', `${FUNCTIONS}${script}`])
    const url = (await host.ok(['enter', uuid, '/bin/cat', '/tmp/url'])).trim()
    const inPod = async (script: string): Promise<string> => {
      const { status, stdout, stderr } = await enter(`export AC_METADATA_URL=${url}; ${script}`)
      assert.equal(status, 0, stderr)
      return stdout
    }
    const id = uuid.slice(0, 8)
    return { uuid, url, inPod, service: `appc-${id}-metadata.service`, socket: `appc-${id}-metadata.socket`, id }
  }
  type Detached = Awaited<ReturnType<typeof detached>>
  const isAnswering = async (pod: Detached): Promise<void> => {
    assert.equal(await pod.inPod('get pod/uuid'), pod.uuid)
  }
  const unitsOf = ({ id }: Detached): readonly string[] => loadedUnits(`appc-${id}.*`, `appc-${id}-*`)
  /** Settles when the journal of a unit has a line with this text. */
  async function journalHas(unit: string, text: string): Promise<void> {
    const child = spawn('journalctl', ['--follow', '--lines=all', '--quiet', '--output=cat', `--unit=${unit}`])
    let shown = ''
    for await (const piece of child.stdout) {
      shown += String(piece)
      if (shown.includes(text)) break
    }
    child.kill()
  }

  for (const net of ['none', 'host']) {
    test(`SPEC E12, S1 to S3: an app reads each resource, with --net=${net}`, async () => {
      const seen = await ok(
        net,
        [
          'echo $AC_METADATA_URL',
          'for path in pod/uuid pod/annotations pod/manifest apps/box/annotations apps/box/image/id apps/box/image/manifest',
          'do get $path; echo; done',
          'wget -SO- $AC_METADATA_URL/acMetadata/v1/pod/uuid 2>&1 | grep -i "^  content-type"',
          'wget -SO- $AC_METADATA_URL/acMetadata/v1/pod/manifest 2>&1 | grep -i "^  content-type"',
          '! get apps/other/image/id 2>/dev/null',
        ].join('\n'),
      )
      const [url = '', uuid = '', annotations = '', manifest = '', ofApp, id, image = '', ...types] = seen.split('\n')
      const { token } = partsOf(url)
      assert.ok(!uuid.replaceAll('-', '').includes(token))
      assert.match(uuid, /^[0-9a-f-]{36}$/)
      assert.deepEqual(JSON.parse(annotations), [])
      assert.equal((JSON.parse(manifest) as { acKind: string }).acKind, 'PodManifest')
      assert.equal(ofApp, '[{"name":"example.com/a","value":"of the image"}]')
      assert.match(id ?? '', /^sha512-[0-9a-f]{128}$/)
      assert.equal((JSON.parse(image) as { name: string }).name, 'example.com/box')
      assert.match(types.join('\n'), /Content-Type: text\/plain; charset=us-ascii\n.*Content-Type: application\/json/i)
    })
  }

  test('an app of the name metadata has one, too', async () => {
    const { status, stdout, stderr } = await host.run(
      ...['--net=none', box, '--name=metadata', '--exec=/bin/sh', '--', '-c', `${FUNCTIONS}get apps/metadata/image/id`],
    )
    assert.deepEqual([status, stdout.slice(0, 7)], [0, 'sha512-'], stderr)
  })

  test('--mds-register=false: no variable, no units', async () => {
    assert.equal(await ok('none', 'env | grep -c METADATA || true', '--mds-register=false'), '0\n')
    const uuid = await host.detach(...words('none', 'exec sleep 1000', '--mds-register=false'))
    assert.deepEqual(loadedUnits(`appc-${uuid.slice(0, 8)}-metadata*`), [])
    await host.ok(['stop', uuid])
  })

  test('SPEC S4, S5: another pod verifies a signature, also after the signer and the service have ended', async () => {
    const [uuid = '', signature = ''] = (await ok('none', 'get pod/uuid; echo; sign hello')).split('\n')
    await host.ok(['rm', uuid])
    const pod = await detached('none')
    const verify = `verify hello ${uuid} ${signature} && ! verify hallo ${uuid} ${signature} 2>/dev/null`
    await pod.inPod(verify)
    systemctl('stop', pod.service)
    await pod.inPod(verify)
    await pod.inPod(`! verify hello ${pod.uuid} ${signature} 2>/dev/null`)
    await host.ok(['metadata', 'rotate'])
    await pod.inPod(verify)
    const renewed = await pod.inPod('sign hello')
    assert.equal(await ok('none', `verify hello ${pod.uuid} ${renewed}; verify hello ${uuid} ${signature}`), '')
    await host.ok(['metadata', 'rotate'])
    await pod.inPod(`! verify hello ${uuid} ${signature} 2>/dev/null`)
    await host.ok(['stop', pod.uuid])
  })

  test('the service sees its program and the facts of the pod, and has no rights', async () => {
    const pod = await detached('none')
    await isAnswering(pod)
    const pid = property(pod.service, 'MainPID')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    assert.match(status, /^CapBnd:\t0{16}$/m)
    assert.match(status, /^CapEff:\t0{16}$/m)
    assert.match(status, /^NoNewPrivs:\t1$/m)
    assert.match(status, /^Seccomp:\t2$/m)
    assert.doesNotMatch(status, /^[UG]id:.*\t0\t/m)
    const root = `/proc/${pid}/root`
    assert.deepEqual(readdirSync(`${root}/var`).sort(), ['metadata.json', 'tmp'])
    for (const path of ['/home', '/usr/bin', '/etc/passwd', '/proc/sys', '/sys/kernel', host.dir.root]) {
      assert.ok(!existsSync(`${root}${path}`), path)
    }
    const cmdline = readFileSync(`/proc/${pid}/cmdline`, 'latin1') + readFileSync(`/proc/${pid}/environ`, 'latin1')
    assert.ok(!cmdline.includes(partsOf(pod.url).token))
    assert.ok(!systemctl('show', pod.service, pod.socket).includes(partsOf(pod.url).token))
    await host.ok(['stop', pod.uuid])
  })

  test('neither another pod nor the host reaches the service of a pod with a network of its own', async () => {
    const pod = await detached('none')
    await isAnswering(pod)
    assert.equal(await statusOf(partsOf(pod.url).port, 'GET / HTTP/1.0\r\n\r\n'), '')
    // The other pod has its own service at this port, which does not know the token.
    const seen = await ok('none', `wget -O- ${pod.url}/acMetadata/v1/pod/uuid 2>&1 || true`)
    assert.match(seen, /401/)
    await host.ok(['stop', pod.uuid])
  })

  test('on the network of the host, the tokens keep pods apart', async () => {
    const pod = await detached('host')
    const { port, token } = partsOf(pod.url)
    assert.equal(await statusOf(port, `GET /${token}/acMetadata/v1/pod/uuid HTTP/1.0\r\n\r\n`), '200')
    const own = `$\{AC_METADATA_URL##*/}`
    const seen = await ok('host', `wget -O- http://127.0.0.1:${port}/${own}/acMetadata/v1/pod/uuid 2>&1 || true`)
    assert.match(seen, /401/)
    await host.ok(['stop', pod.uuid])
  })

  test('hostile requests get the right answers, and the pod and its service are unharmed', async () => {
    const pod = await detached('host')
    const other = await detached('host')
    const { port, token } = partsOf(pod.url)
    const path = `/${token}/acMetadata/v1`
    const of = (target: string, method = 'GET', rest = ''): string =>
      `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${rest}\r\n`
    const form = (target: string, body: string): string =>
      of(`${path}/pod/hmac/${target}`, 'POST', `Content-Length: ${body.length}\r\n`) + body
    const rows: readonly (readonly [name: string, status: string, ...pieces: (string | Buffer)[]])[] = [
      ['no token', '401', of('/acMetadata/v1/pod/uuid')],
      ['the root', '401', of('/')],
      ['the token of another pod', '401', of(`/${partsOf(other.url).token}/acMetadata/v1/pod/uuid`)],
      ['the UUID for the token', '401', of(`/${pod.uuid}/acMetadata/v1/pod/uuid`)],
      ['a token of another length', '401', of(`/${token}0/acMetadata/v1/pod/uuid`)],
      ['the token in capitals', '401', of(`/${'A'.repeat(32)}/acMetadata/v1/pod/uuid`)],
      ['a token of 7 kB', '401', of(`/${'a'.repeat(7000)}/acMetadata/v1/pod/uuid`)],
      ['a token of 70 kB', '431', of(`/${'a'.repeat(70_000)}/acMetadata/v1/pod/uuid`)],
      ['an escaped token', '401', of(`/%${token.charCodeAt(0).toString(16)}${token.slice(1)}/acMetadata/v1/pod/uuid`)],
      ['.. before the token', '401', of(`/../${token}/acMetadata/v1/pod/uuid`)],
      ['// before the token', '401', of(`//${token}/acMetadata/v1/pod/uuid`)],
      ['.. behind the token', '404', of(`/${token}/../${token}/acMetadata/v1/pod/uuid`)],
      ['.. in the path', '404', of(`${path}/apps/../pod/uuid`)],
      ['. in the path', '404', of(`${path}/./pod/uuid`)],
      ['%2e%2e in the path', '404', of(`${path}/apps/%2e%2e/pod/uuid`)],
      ['%2f in the path', '404', of(`${path}/pod%2fuuid`)],
      ['%00 in the path', '404', of(`${path}/pod/uuid%00`)],
      ['// in the path', '404', of(`${path}//pod/uuid`)],
      ['a NUL in the path', '400', of(`${path}/pod/uuid\0`)],
      ['a file of the host', '404', of(`/${token}/../../../../etc/shadow`)],
      ['another app', '404', of(`${path}/apps/other/image/manifest`)],
      ['an app named __proto__', '404', of(`${path}/apps/__proto__/image/id`)],
      ['an empty app', '404', of(`${path}/apps//image/id`)],
      ['another version', '404', of(`/${token}/acMetadata/v2/pod/uuid`)],
      ['PUT', '405', of(`${path}/pod/uuid`, 'PUT')],
      ['DELETE', '405', of(`${path}/pod/manifest`, 'DELETE')],
      ['OPTIONS', '405', of(`${path}/pod/manifest`, 'OPTIONS')],
      ['POST for a resource to read', '405', of(`${path}/pod/uuid`, 'POST', 'Content-Length: 0\r\n')],
      ['GET for a signature', '405', of(`${path}/pod/hmac/sign`)],
      ['CONNECT', '405', of('192.0.2.1:80', 'CONNECT')],
      ['an unknown method', '400', of(`${path}/pod/uuid`, 'FETCH')],
      ['a signature of nothing', '400', form('sign', '')],
      ['a broken escape', '400', form('sign', 'content=%zz')],
      ['a field twice', '400', form('sign', 'content=a&content=b')],
      ['verify without a signature', '400', form('verify', `content=a&uuid=${pod.uuid}`)],
      ['a wrong signature', '403', form('verify', `content=a&uuid=${pod.uuid}&signature=YQ%3D%3D`)],
      ['a UUID that is none', '403', form('verify', 'content=a&uuid=..%2F..&signature=YQ%3D%3D')],
      [
        'a body of 2 MB',
        '413',
        of(`${path}/pod/hmac/sign`, 'POST', 'Content-Length: 2000000\r\n'),
        Buffer.alloc(2_000_000),
      ],
      [
        'endless chunks',
        '413',
        of(`${path}/pod/hmac/sign`, 'POST', 'Transfer-Encoding: chunked\r\n'),
        `ffff\r\n${'a'.repeat(0xffff)}\r\n`.repeat(20),
      ],
      [
        'a length and chunks',
        '400',
        of(`${path}/pod/hmac/sign`, 'POST', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'),
        '0\r\n\r\n',
      ],
      ['two lengths', '400', of(`${path}/pod/hmac/sign`, 'POST', 'Content-Length: 1\r\nContent-Length: 2\r\n'), 'ab'],
      ['a header of 20 kB', '431', of(`${path}/pod/uuid`, 'GET', `X: ${'a'.repeat(20_000)}\r\n`)],
      ['5,000 header lines', '431', of(`${path}/pod/uuid`, 'GET', 'X: a\r\n'.repeat(5000))],
      ['garbage', '400', '\r\n\r\nGARBAGE\r\n\r\n'],
      ['TLS', '400', Buffer.from('160301020001000001fc0303', 'hex')],
      ['HTTP/2', '400', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['half a header', '408', 'GET / HTTP/1.1\r\nHos'],
      ['half a body', '408', of(`${path}/pod/hmac/sign`, 'POST', 'Content-Length: 100\r\n'), 'content='],
    ]
    // Side by side: those that are not complete wait for their time.
    const seen = await Promise.all(rows.map(async ([name, , ...pieces]) => [name, await statusOf(port, ...pieces)]))
    assert.deepEqual(
      seen,
      rows.map(([name, status]) => [name, status]),
    )
    const silent = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => undefined)
        await once(socket, 'connect')
        return socket
      }),
    )
    await isAnswering(pod)
    for (const socket of silent) socket.destroy()
    const lines = journal(`_SYSTEMD_UNIT=${pod.service}`).map(({ MESSAGE = '' }) => MESSAGE)
    assert.ok(lines.includes('GET /acMetadata/v1/pod/uuid 200 36'))
    assert.ok(!lines.join('\n').includes(token))
    assert.equal(property(pod.service, 'NRestarts'), '0')
    assert.equal((await host.status(pod.uuid)).state, 'running')
    await host.ok(['stop', pod.uuid, other.uuid])
  })

  test('it runs only while it is used: it ends by itself, and starts again', async () => {
    const pod = await detached('none')
    assert.deepEqual(
      [property(pod.socket, 'ActiveState'), property(pod.service, 'ActiveState')],
      ['active', 'inactive'],
    )
    await isAnswering(pod)
    assert.equal(property(pod.service, 'ActiveState'), 'active')
    await journalHas(pod.service, 'Deactivated successfully')
    assert.equal(property(pod.service, 'ActiveState'), 'inactive')
    assert.equal((await host.status(pod.uuid)).state, 'running')
    await isAnswering(pod)
    await host.ok(['stop', pod.uuid])
    assert.deepEqual(unitsOf(pod), [])
  })

  test('its death harms no pod: the next request starts it again, however often', async () => {
    const pod = await detached('none')
    for (let count = 0; count < 7; count += 1) {
      await isAnswering(pod)
      systemctl('kill', '--signal=KILL', pod.service)
    }
    await isAnswering(pod)
    assert.equal((await host.status(pod.uuid)).state, 'running')
    await host.ok(['stop', pod.uuid])
    assert.deepEqual(unitsOf(pod), [])
  })

  test('it ends with the pod: stop, an app that ends, kill -9 of the pod init and of the launcher', async () => {
    const stopped = await detached('none')
    await isAnswering(stopped)
    await host.ok(['stop', stopped.uuid])
    const killed = await detached('host')
    await isAnswering(killed)
    spawnSync('kill', ['-9', property(`appc-${killed.id}.service`, 'MainPID')])
    await host.appc(['status', killed.uuid, '--wait'])
    const forced = await detached('none')
    await isAnswering(forced)
    await host.ok(['stop', '--force', forced.uuid])
    const launcher = host.start(['run', ...words('none', 'get pod/uuid; echo; exec sleep 1000')])
    await launcher.shows('-')
    launcher.kill('SIGKILL')
    await launcher.ended
    const [view] = (await host.list()).filter(({ state }) => state === 'running')
    assert.ok(view)
    await host.ok(['stop', view.uuid])
    await ok('none', 'get pod/uuid')
    const ids = (await host.list()).map(({ uuid }) => uuid.slice(0, 8))
    assert.deepEqual(loadedUnits(...ids.map((id) => `appc-${id}*`)), [])
    await host.ok(['gc', '--grace-period=0'])
  })

  test('SPEC E14: a post-stop handler reaches it while the pod is being stopped', async () => {
    const image = host.image({
      name: 'after',
      app: {
        exec: ['/bin/sleep', '1000'],
        eventHandlers: [{ name: 'post-stop', exec: ['/bin/sh', '-c', `${FUNCTIONS}get pod/uuid > /out/uuid`] }],
        mountPoints: [{ name: 'out', path: '/out' }],
      },
    })
    const uuid = await host.detach('--net=none', `--volume=out,kind=host,source=${host.scratch}`, image)
    await host.ok(['stop', uuid])
    assert.equal(readFileSync(`${host.scratch}/uuid`, 'utf8'), uuid)
  })
})
