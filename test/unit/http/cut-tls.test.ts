import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import { authority } from '../../helpers/authority.js'
import { curl, NO_CURL } from '../../helpers/curl.js'
import { clientFor, setProxies } from '../../helpers/http-client.js'
import { answer, BROKEN_OFF, FILE } from './transfer-case.js'

/**
 * A TLS server that closes connections without a TLS close_notify, as an attacker in between can
 * do.
 */
async function cutting(t: TestContext, bytes: string): Promise<URL> {
  const secureContext = createSecureContext({ ...authority().issue(['localhost']) })
  const sockets = new Set<Socket>()
  const server = createServer((raw) => {
    sockets.add(raw.on('error', () => undefined))
    // with its own handle, TLS would send close_notify itself
    const secure = new TLSSocket(wrapped(raw), { isServer: true, secureContext })
    secure.on('error', () => undefined)
    secure.once('data', () => secure.write(Buffer.from(bytes, 'latin1'), () => setImmediate(() => raw.end())))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return new URL(`https://localhost:${(server.address() as AddressInfo).port}/a`)
}

function wrapped(raw: Socket): Duplex {
  const duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => void raw.write(chunk, () => done()),
  })
  raw.on('data', (chunk) => duplex.push(chunk))
  return duplex
}

interface Cut {
  readonly title: string
  readonly bytes: string
  readonly stored?: string
  readonly unlikeCurl?: string
}

const CUTS: readonly Cut[] = [
  { title: 'behind its length', bytes: FILE, stored: '12345' },
  {
    title: 'behind its last chunk',
    bytes: answer(['Transfer-Encoding: chunked'], '5\r\n12345\r\n0\r\n\r\n'),
    stored: '12345',
  },
  { title: 'before its length', bytes: answer(['Content-Length: 6'], '12345') },
  { title: 'before its last chunk', bytes: answer(['Transfer-Encoding: chunked'], '5\r\n12345\r\n') },
  { title: 'in its header', bytes: 'HTTP/1.1 200 OK\r\nContent-', unlikeCurl: 'curl takes it for a whole one' },
  { title: 'before a byte of it', bytes: '' },
  {
    title: 'where only its end tells its length',
    bytes: answer([], '12345'),
    stored: '12345',
    unlikeCurl: 'Bun does not tell the one end from the other; what is cut is no whole archive, and nobody signed it',
  },
]

for (const { title, bytes, stored, unlikeCurl } of CUTS) {
  test(`an answer over TLS that is cut ${title}`, async (t) => {
    setProxies(t)
    authority().trust()
    const url = await cutting(t, bytes)
    const asking = clientFor(t, { retryDelays: [] }).text(url, 10)
    if (stored === undefined) await assert.rejects(asking, { message: `${url.href}: ${BROKEN_OFF}` })
    else assert.equal((await asking).text, stored)
    if (NO_CURL !== false || unlikeCurl !== undefined) return
    const seen = await curl(url, ['--cacert', authority().caFile])
    if (stored === undefined) assert.notEqual(seen.status, 0)
    else assert.deepEqual(seen, { status: 0, bytes: stored })
  })
}
