import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { Authority, authority } from '../../helpers/authority.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'

const CA_HINT = /\/usr\/local\/share\/ca-certificates .* NODE_EXTRA_CA_CERTS/

test('a certificate of an authority nobody knows is refused, with what to do about it', async (t) => {
  setProxies(t)
  const stranger = new Authority()
  const server = await serverFor(t, { tls: true, certificate: stranger.issue(['localhost']) })
  server.route('/', 'x')
  await assert.rejects(clientFor(t).text(server.url('/'), 10), (error: Error & { code?: string; hint?: string }) => {
    assert.equal(error.code, 'DOWNLOAD_FAILED')
    assert.equal(error.message, `${server.url('/').href}: certificate of an authority that is not trusted here`)
    assert.match(error.hint ?? '', CA_HINT)
    return true
  })
  assert.equal(server.requests.length, 0)
  assert.equal((await clientFor(t, { tls: true }).text(server.url('/'), 10)).text, 'x', 'unless that check is off')
})

test('a certificate for another host is refused', async (t) => {
  setProxies(t)
  authority().trust()
  const server = await serverFor(t, { tls: true, certificate: authority().issue(['example.com']) })
  await assert.rejects(clientFor(t).text(server.url('/'), 10), {
    message: `${server.url('/').href}: certificate of another host`,
  })
  assert.equal(server.requests.length, 0)
})

test('an expired certificate is refused', async (t) => {
  setProxies(t)
  authority().trust()
  const server = await serverFor(t, { tls: true, certificate: authority().issue(['localhost'], { expired: true }) })
  await assert.rejects(clientFor(t).text(server.url('/'), 10), {
    message: `${server.url('/').href}: certificate expired`,
  })
})

test('a server without TLS behind an https URL is refused', async (t) => {
  setProxies(t)
  const server = await serverFor(t)
  const url = new URL(`https://localhost:${server.port}/`)
  await assert.rejects(clientFor(t).text(url, 10), { message: `${url.href}: no TLS could be agreed on` })
})

test('a process trusts what NODE_EXTRA_CA_CERTS names, and what the host’s own store holds', async (t) => {
  setProxies(t)
  const stranger = new Authority()
  const server = await serverFor(t, { tls: true, certificate: stranger.issue(['localhost']) })
  server.route('/', 'hello')
  const client = new URL('../../../stage0/http/client.ts', import.meta.url).href
  const program = `
    const { HttpClient } = await import(${JSON.stringify(client)})
    const client = new HttpClient({ config: { authorization: () => undefined }, insecure: { http: false, tls: false } })
    console.log((await client.text(new URL(${JSON.stringify(server.url('/').href)}), 10)).text)
    process.exit()`
  const ask = (env: NodeJS.ProcessEnv): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        ['--eval', program],
        { env: { PATH: process.env['PATH'], ...env } },
        (error, stdout) => (error === null ? resolve(stdout) : reject(new Error(error.message))),
      )
    })
  assert.equal(await ask({ NODE_EXTRA_CA_CERTS: stranger.caFile }), 'hello\n')
  assert.equal(await ask({ SSL_CERT_FILE: stranger.caFile }), 'hello\n')
  await assert.rejects(ask({}), /certificate of an authority that is not trusted here/)
})
