import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { respond, type MetadataPod } from '../../../stage1/metadata/respond.js'
import { FACTS, metadataPod, OTHER_UUID, TOKEN, UUID } from './pod.js'

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=us-ascii'

const pod = metadataPod()
const get = (path: string, method = 'GET') => request(`/${TOKEN}/acMetadata/v1${path}`, method)
const request = (target: string, method = 'GET') => respond(pod, { method, target, body: Buffer.alloc(0) })
const post = (path: string, form: string | Buffer, signer: MetadataPod = pod) =>
  respond(signer, { method: 'POST', target: `/${TOKEN}/acMetadata/v1/pod/hmac/${path}`, body: Buffer.from(form) })
const sign = (content: string, signer: MetadataPod = pod): string => post('sign', `content=${content}`, signer).body
const verify = (fields: Readonly<Record<string, string>>, verifier: MetadataPod = pod): number =>
  post('verify', new URLSearchParams(fields).toString(), verifier).status

describe('SPEC S2, S3: what a pod reads about itself', () => {
  const rows: readonly [path: string, type: string, body: unknown][] = [
    ['/pod/annotations', JSON_TYPE, FACTS.manifest.annotations],
    ['/pod/annotations/', JSON_TYPE, FACTS.manifest.annotations],
    ['/pod/annotations/example.com/owner', 'text/plain; charset=utf-8', 'me'],
    ['/pod/manifest', JSON_TYPE, FACTS.manifest],
    ['/pod/uuid', TEXT_TYPE, UUID],
    [
      '/apps/web/annotations',
      JSON_TYPE,
      [
        { name: 'example.com/a', value: 'image' },
        { name: 'example.com/b', value: 'pod' },
        { name: 'example.com/c', value: 'pod ü' },
      ],
    ],
    ['/apps/web/annotations/example.com/b', 'text/plain; charset=utf-8', 'pod'],
    ['/apps/web/image/manifest', JSON_TYPE, FACTS.images['web']?.manifest],
    ['/apps/web/image/id', TEXT_TYPE, 'sha512-1'],
    ['/apps/plain/annotations', JSON_TYPE, []],
    ['/apps/plain/image/id', TEXT_TYPE, 'sha512-2'],
  ]
  for (const [path, type, expected] of rows) {
    test(path, () => {
      const { status, type: given, body } = get(path)
      assert.deepEqual([status, given], [200, type])
      assert.deepEqual(type === JSON_TYPE ? JSON.parse(body) : body, expected)
      assert.equal(get(path, 'HEAD').status, 200)
    })
  }

  test('a pod without annotations has an empty list in both answers about them', () => {
    const manifest = { ...FACTS.manifest }
    delete manifest.annotations
    const plain = { ...pod, facts: { ...FACTS, manifest } }
    const bodyOf = (path: string): unknown =>
      JSON.parse(
        respond(plain, { method: 'GET', target: `/${TOKEN}/acMetadata/v1${path}`, body: Buffer.alloc(0) }).body,
      )
    assert.deepEqual(bodyOf('/pod/annotations'), [])
    assert.deepEqual(bodyOf('/pod/manifest'), { ...manifest, annotations: [] })
  })

  test('a query and an absolute URL change nothing', () => {
    assert.equal(get('/pod/uuid?a=b').body, UUID)
    assert.equal(request(`http://127.0.0.1:18112/${TOKEN}/acMetadata/v1/pod/uuid`).body, UUID)
  })
})

describe('SPEC S6: what a pod does not get', () => {
  const missing = [
    ['/pod', '/pod/', '/pod/annotations/missing', '/pod/annotations//', '/pod/uuid/', '/pod/manifest/x'],
    ['/pod/hmac', '/pod/hmac/', '/apps', '/apps/', '/apps/none/annotations', '/apps/none/image/id', '/apps//image/id'],
    ['/apps/web', '/apps/web/', '/apps/web/image', '/apps/web/image/', '/apps/__proto__/image/id'],
    ['/apps/constructor/image/id', '/apps/Web/image/id', '/apps/web%20/image/id', '/pod//uuid', '//pod/uuid'],
    ['/pod/../pod/uuid', '/pod/./uuid', '/pod/%75uid', '/pod/%2e%2e/pod/uuid', '/pod%2fuuid', '/pod/uuid%00'],
    ['/pod/uuid\0', '/apps/../pod/uuid', '/apps/web/../../pod/uuid', '/POD/UUID', `/apps/${'a'.repeat(5000)}/image/id`],
  ].flat()
  for (const path of missing) {
    test(`404 for ${path.length > 60 ? 'a long name' : JSON.stringify(path)}`, () => {
      assert.equal(get(path).status, 404)
    })
  }

  const targets: readonly (readonly [name: string, target: string])[] = [
    ['no token', '/acMetadata/v1/pod/uuid'],
    ['no path', '/'],
    ['nothing', ''],
    ['*', '*'],
    ['an empty token', '//acMetadata/v1/pod/uuid'],
    ['the token of another pod', `/${'f'.repeat(32)}/acMetadata/v1/pod/uuid`],
    ['a shorter token', `/${TOKEN.slice(1)}/acMetadata/v1/pod/uuid`],
    ['a longer token', `/${TOKEN}0/acMetadata/v1/pod/uuid`],
    ['a token with other letters', `/${TOKEN.toUpperCase()}/acMetadata/v1/pod/uuid`],
    ['an escaped token', `/%30${TOKEN.slice(1)}/acMetadata/v1/pod/uuid`],
    ['a huge token', `/${'0'.repeat(100_000)}/acMetadata/v1/pod/uuid`],
    ['the UUID as token', `/${UUID}/acMetadata/v1/pod/uuid`],
    ['a token after ..', `/../${TOKEN}/acMetadata/v1/pod/uuid`],
    ['a token after //', `//${TOKEN}/acMetadata/v1/pod/uuid`],
    ['the token in a query', `/?${TOKEN}/acMetadata/v1/pod/uuid`],
    ['the token as host', `http://${TOKEN}/acMetadata/v1/pod/uuid`],
  ]
  for (const [name, target] of targets) {
    test(`401 for ${name}, whatever the path and the method`, () => {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const { status, body, subject } = request(target, method)
        assert.equal(status, 401)
        assert.deepEqual([body, subject], [request('/x', method).body, '-'])
      }
    })
  }

  test('401 comes before 404: nobody learns paths without the token', () => {
    assert.deepEqual(request('/x/acMetadata/v1/pod/uuid'), request('/x/acMetadata/v1/none'))
  })

  test('405 names the methods that there are', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      assert.deepEqual([get('/pod/uuid', method).status, get('/pod/uuid', method).allow], [405, 'GET, HEAD'])
    }
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      assert.deepEqual([get('/pod/hmac/sign', method).status, get('/pod/hmac/sign', method).allow], [405, 'POST'])
      assert.equal(get('/pod/hmac/verify', method).status, 405)
    }
  })

  test('the journal gets no token', () => {
    for (const path of ['/pod/uuid', '/none', '/pod/annotations?x']) {
      assert.equal(get(path).subject, `/acMetadata/v1${path.replace('?x', '')}`)
    }
  })
})

describe('SPEC S4: signatures', () => {
  const other = metadataPod(OTHER_UUID)

  test('are 64 bytes in base64, of the content and of the pod', () => {
    const signature = sign('hello')
    assert.match(signature, /^[A-Za-z0-9+/]{86}==$/)
    assert.equal(sign('hello'), signature)
    assert.notEqual(sign('hallo'), signature)
    assert.notEqual(sign('hello', other), signature)
  })

  test('are verified by the pod itself and by every other pod', () => {
    const fields = { content: 'hello', uuid: UUID, signature: sign('hello') }
    assert.equal(verify(fields), 200)
    assert.equal(verify(fields, other), 200)
    assert.equal(verify({ ...fields, uuid: UUID.toUpperCase() }, other), 200)
  })

  test('are still verified where the secret was replaced since', () => {
    const fields = { content: 'hello', uuid: UUID, signature: sign('hello') }
    const rotated = metadataPod(OTHER_UUID, [Buffer.alloc(64, 3), Buffer.alloc(64, 1)])
    assert.equal(verify(fields, rotated), 200)
    assert.equal(verify(fields, metadataPod(OTHER_UUID, [Buffer.alloc(64, 4), Buffer.alloc(64, 3)])), 403)
  })

  test('403 for what that pod has not signed', () => {
    const signature = sign('hello')
    const rows = [
      { content: 'hallo', uuid: UUID, signature },
      { content: '', uuid: UUID, signature },
      { content: 'hello', uuid: OTHER_UUID, signature },
      { content: 'hello', uuid: 'not a UUID', signature },
      { content: 'hello', uuid: `${UUID}0`, signature },
      { content: 'hello', uuid: '', signature },
      { content: 'hello', uuid: UUID, signature: '' },
      { content: 'hello', uuid: UUID, signature: 'not base64 ***' },
      { content: 'hello', uuid: UUID, signature: signature.slice(1) },
      { content: 'hello', uuid: UUID, signature: `${signature}\n` },
      { content: 'hello', uuid: UUID, signature: signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')) },
      { content: 'hello', uuid: UUID, signature: Buffer.from(signature, 'base64').toString('hex') },
    ]
    for (const row of rows) assert.equal(verify(row), 403, JSON.stringify(row))
  })

  test('400 where a field is missing, is given twice, or has a broken escape', () => {
    for (const form of [
      '',
      'x=y',
      'Content=x',
      'content=a&content=b',
      'content=%',
      'content=%4',
      'content=%zz',
      '%=x',
    ]) {
      assert.equal(post('sign', form).status, 400, form)
    }
    for (const missing of ['content', 'uuid', 'signature']) {
      const fields = Object.entries({ content: 'x', uuid: UUID, signature: 'x' }).filter(([name]) => name !== missing)
      assert.equal(verify(Object.fromEntries(fields)), 400, missing)
    }
  })

  test('are of bytes: content that is not UTF-8 is not mixed up', () => {
    const signatures = ['content=%ff', 'content=%fe', 'content=%ef%bf%bd', Buffer.from('content=\xff', 'latin1')]
    assert.equal(new Set(signatures.map((form) => post('sign', form).body)).size, 3)
    assert.equal(post('sign', 'content=a+b').body, post('sign', 'content=a%20b').body)
    assert.equal(post('sign', 'content=').status, 200)
    assert.equal(post('sign', 'content=a%3Db%26').body, post('sign', 'other=1&content=a=b%26').body)
  })
})
