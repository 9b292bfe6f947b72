import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { isLocalHost } from '../../../stage0/http/local-host.js'
import { isLocalAddress } from '../../../stage0/http/public-lookup.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { aci } from '../../helpers/aci.js'
import { resolveTo } from '../../helpers/host-names.js'
import { fetchBed, type FetchBed } from '../../helpers/image-server.js'

const HOST = 'example.com'

/** Fetches a file that depends on an image of that name. */
async function depend(t: TestContext, bed: FetchBed, imageName: string): Promise<unknown> {
  const path = join(temporaryDirectory(t), 'a.aci')
  writeFileSync(path, aci([], { name: 'a', dependencies: [{ imageName }] }))
  return await bed.fetcher({ trustKeysFromHTTPS: true }).fetch(path)
}

async function refused(fetching: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(fetching, (error) => {
    assert.ok(error instanceof RuntimeError, String(error))
    assert.match(error.message, message)
    return true
  })
}

test('hosts that have no registered name', () => {
  const local = [
    'localhost',
    'a.localhost',
    'localhost.',
    'LOCALHOST',
    'localhost.localdomain',
    'intranet',
    '127.0.0.1',
  ]
  const addresses = ['169.254.169.254', '8.8.8.8', '[::1]', '[fe80::1]', '[2001:db8::1]']
  const forms = ['0x7f.1', '2130706433', '127.1', '0177.0.0.1', '[::ffff:127.0.0.1]', '127.0.0.1.']
  for (const host of [...local, ...addresses]) assert.ok(isLocalHost(host), host)
  for (const form of forms) assert.ok(isLocalHost(URL.parse(`https://${form}/`)?.hostname ?? ''), form)
  for (const host of ['example.com', 'localhost.example.com', '1.example.com', 'notlocalhost.org']) {
    assert.equal(isLocalHost(host), false, host)
  }
})

test('addresses of this host itself', () => {
  const local = ['127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254', '::', '::1', 'fe80::1', 'fe80::1%eth0']
  const mapped = ['::ffff:127.0.0.1', '::ffff:169.254.169.254', '::ffff:7f00:1']
  for (const address of [...local, ...mapped]) assert.ok(isLocalAddress(address), address)
  // private addresses are allowed: an organisation may have its images there
  const others = ['8.8.8.8', '10.0.0.1', '192.168.1.1', '172.16.0.1', '128.0.0.1', '2001:db8::1', 'fd00::1']
  for (const address of [...others, '::ffff:8.8.8.8']) assert.equal(isLocalAddress(address), false, address)
})

describe('what an image depends on', { skip: needsRoot }, () => {
  for (const name of [
    'localhost/base',
    'admin.localhost/base',
    '127.0.0.1/base',
    '169.254.169.254/latest/meta-data',
    '0x7f.1/base',
    '127.1/base',
    '2130706433.0/base',
  ]) {
    test(`by the name ${name}: nobody is asked`, async (t) => {
      const bed = await fetchBed(t)
      await refused(depend(t, bed, name), /^a: depends on .*(is this host or an address|not a host name)/)
      assert.equal(bed.server.requests.length, 0)
    })
  }

  test('a name typed by root, or an image that is there already, is as good as ever', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/base' })
    await bed.fetcher().fetch('localhost/base')
    await depend(t, bed, 'localhost/base')
  })

  for (const where of [
    'https://localhost:PORT/x/{name}.{ext}',
    'https://127.0.0.1:PORT/x/{name}.{ext}',
    'https://[::1]:PORT/{name}.{ext}',
  ]) {
    test(`a discovery page that leads to ${where}: nobody is asked there`, async (t) => {
      const bed = await fetchBed(t, HOST)
      bed.trust(HOST)
      await bed.publish({ name: `${HOST}/base` })
      bed.server.route(
        '/',
        `<meta name="ac-discovery" content="${HOST} ${where.replace('PORT', String(bed.server.port))}">`,
      )
      await refused(depend(t, bed, `${HOST}/base`), /is this host or an address, where no image may send to$/)
      assert.deepEqual(bed.server.requestsTo('/x/example.com/base.aci.asc'), [])
    })
  }

  for (const addresses of [['127.0.0.1'], ['192.0.2.1', '127.0.0.1'], ['::ffff:127.0.0.1']]) {
    test(`a name that leads to ${addresses.join(' and ')}: nobody is asked there, not even over a connection that is open`, async (t) => {
      const bed = await fetchBed(t, HOST)
      bed.trust(HOST)
      await bed.publish({ name: `${HOST}/base` })
      await bed.publish({ name: `${HOST}/other` })
      const path = join(temporaryDirectory(t), 'a.aci')
      writeFileSync(path, aci([], { name: 'a', dependencies: [{ imageName: `${HOST}/other` }] }))
      const fetcher = bed.fetcher({ http: {} })
      // a name that root typed is allowed
      await fetcher.fetch(`${HOST}/base`)
      const asked = bed.server.requests.length
      resolveTo(t, [HOST], addresses)
      await refused(
        fetcher.fetch(path),
        /^a: depends on example\.com\/other: .*https:\/\/example\.com:\d+\/other\?…: the host name leads to this host itself, where no image may send to$/,
      )
      assert.equal(bed.server.requests.length, asked)
    })
  }

  for (const path of ['/', '/images/example.com/base.aci', '/images/example.com/base.aci.asc', '/keys.asc']) {
    test(`a redirect of ${path} to this host is not followed`, async (t) => {
      const bed = await fetchBed(t, HOST)
      if (path !== '/keys.asc') bed.trust(HOST)
      await bed.publish({ name: `${HOST}/base` })
      const location = bed.server.url('/secret', 'localhost').href
      bed.server.route(path, (_, response) => void response.writeHead(302, { location }).end())
      await refused(depend(t, bed, `${HOST}/base`), /https:\/\/localhost:\d+\/secret: is this host or an address/)
      assert.deepEqual(bed.server.requestsTo('/secret'), [])
    })
  }
})
