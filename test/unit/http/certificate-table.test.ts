import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { ByteServer } from '../../helpers/byte-server.js'
import { Chain } from '../../helpers/chain.js'
import { curl, NO_CURL } from '../../helpers/curl.js'
import { temporaryDirectory } from '../../helpers/data-dir.js'
import { resolveLocally } from '../../helpers/host-names.js'
import { clientFor, setProxies } from '../../helpers/http-client.js'
import { CERTIFICATES, type CertificateCase } from './certificate-cases.js'
import { FILE } from './transfer-case.js'

/** Each row's server, and the requested URL. */
async function serve(t: TestContext, chain: Chain, row: CertificateCase): Promise<URL> {
  const server = await ByteServer.start(() => ({ bytes: FILE }), row.server(chain))
  t.after(() => server[Symbol.asyncDispose]())
  return new URL(`https://${row.host}:${server.port}/a`)
}

async function check(t: TestContext, url: URL, { refused }: CertificateCase): Promise<void> {
  const asking = clientFor(t).text(url, 10)
  if (refused === undefined) assert.equal((await asking).text, '12345')
  else await assert.rejects(asking, { code: 'DOWNLOAD_FAILED', message: `${url.href}: ${refused}` })
}

async function compare(chain: Chain, url: URL, { host, refused }: CertificateCase): Promise<void> {
  const here = ['--resolve', `${host.toLowerCase()}:${url.port}:127.0.0.1`]
  const { status, bytes } = await curl(url, ['--cacert', chain.root.certFile, ...here])
  assert.deepEqual(
    refused === undefined ? { status, bytes } : { good: status === 0 },
    refused === undefined ? { status: 0, bytes: '12345' } : { good: false },
  )
}

test('certificates', { concurrency: 4 }, async (t) => {
  setProxies(t)
  resolveLocally(
    t,
    CERTIFICATES.map(({ host }) => host.toLowerCase()),
  )
  const chain = new Chain(temporaryDirectory(t))
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, readFileSync(chain.root.certFile, 'utf8')])
  t.after(() => setDefaultCACertificates(before))
  await Promise.all(
    CERTIFICATES.map((row) =>
      t.test(row.title, async (t) => {
        const url = await serve(t, chain, row)
        await check(t, url, row)
        if (NO_CURL === false && row.unlikeCurl === undefined) await compare(chain, url, row)
      }),
    ),
  )
})
