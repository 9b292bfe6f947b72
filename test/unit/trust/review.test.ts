import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECURE } from '../../../stage0/config/insecure-options.js'
import type { HttpClient } from '../../../stage0/http/client.js'
import { offerKeys } from '../../../stage0/trust/review.js'
import { emptyKeystore } from '../../helpers/keystores.js'
import { makeKey } from '../../helpers/pgp.js'

const key = await makeKey({ name: 'good' })
const PREFIX = 'example.com/app'
const HTTPS = new URL('https://example.com/pubkeys.gpg')

/** Responds to every request with `body`, as if it came from `from`. */
const answering = (body: string, { status = 200, from = HTTPS } = {}): HttpClient =>
  ({
    bytes: () => Promise.resolve({ url: from, status, headers: {}, bytes: Buffer.from(body) }),
  }) as unknown as HttpClient

const untold = { insecure: SECURE, trustKeysFromHTTPS: false, tell: () => undefined }
const unseen = { ...untold, trustKeysFromHTTPS: true }

test('keys that came by https are taken unseen with --trust-keys-from-https', async (t) => {
  const keystore = emptyKeystore(t)
  const told: string[] = []
  const client = answering(key.toPublic().armor())
  const options = { ...unseen, tell: (line: string) => void told.push(line) }
  const decisions = await offerKeys(keystore, PREFIX, [HTTPS], client, options)
  assert.equal(decisions.length, 1)
  assert.deepEqual(told, [`Trusting "${HTTPS.href}" for prefix "${PREFIX}" without fingerprint review.`])
  assert.ok(keystore.hasPrefixKeyFor(PREFIX))
})

test('without it, and without a terminal, they are shown and refused', async (t) => {
  const keystore = emptyKeystore(t)
  const told: string[] = []
  const options = { ...untold, tell: (line: string) => void told.push(line) }
  await assert.rejects(offerKeys(keystore, PREFIX, [HTTPS], answering(key.toPublic().armor()), options), {
    code: 'KEY_UNTRUSTED',
    hint: `after comparing it yourself: appc trust --skip-fingerprint-review --prefix=${PREFIX} ${HTTPS.href}`,
  })
  assert.match(told.join('\n'), /gpg key fingerprint is: ([0-9A-F]{4} ?){10}/)
  assert.ok(!keystore.hasPrefixKeyFor(PREFIX))
})

const REFUSED = { code: 'KEY_UNTRUSTED', message: /review of its fingerprint, which needs a terminal$/ }

test('a certificate nobody checked vouches for no key', async (t) => {
  const options = { ...unseen, insecure: { ...SECURE, tls: true } }
  const client = answering(key.toPublic().armor())
  await assert.rejects(offerKeys(emptyKeystore(t), PREFIX, [HTTPS], client, options), REFUSED)
})

test('http is refused, and where it is allowed its keys are still reviewed', async (t) => {
  const http = new URL('http://example.com/pubkeys.gpg')
  const client = answering(key.toPublic().armor(), { from: http })
  await assert.rejects(offerKeys(emptyKeystore(t), PREFIX, [http], client, unseen), {
    code: 'INSECURE_URL',
    message: `${http.href}: keys are not taken over http`,
  })
  const options = { ...unseen, insecure: { ...SECURE, http: true, pubkey: true } }
  await assert.rejects(offerKeys(emptyKeystore(t), PREFIX, [http], client, options), REFUSED)
})

test('a server that has no key, or something else, adds nothing', async (t) => {
  const keystore = emptyKeystore(t)
  await assert.rejects(offerKeys(keystore, PREFIX, [HTTPS], answering('gone', { status: 404 }), unseen), {
    code: 'DOWNLOAD_FAILED',
    message: `${HTTPS.href}: the server answered 404 instead of a key`,
  })
  await assert.rejects(offerKeys(keystore, PREFIX, [HTTPS], answering('<html>'), unseen), {
    code: 'KEY_INVALID',
    message: `${HTTPS.href}: not a PGP key`,
  })
  assert.deepEqual(await keystore.list(), { keys: [], problems: [] })
})
