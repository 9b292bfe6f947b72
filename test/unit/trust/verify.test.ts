import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Keystore } from '../../../stage0/trust/keystore.js'
import { identifySigner, verifySignature } from '../../../stage0/trust/verify.js'
import { emptyKeystore, plant } from '../../helpers/keystores.js'
import { scratch } from '../../helpers/scratch.js'
import { by, BYTES, good, NAME, other } from './situations/situation.js'

type Places = readonly (readonly ['system' | 'local' | 'user', string | null, typeof good])[]

async function setUp(t: TestContext, places: Places): Promise<{ keystore: Keystore; path: string }> {
  const keystore = emptyKeystore(t)
  for (const [level, prefix, make] of places) {
    const key = await make()
    const directory = keystore.dirs[level] ?? assert.fail('no such level')
    plant(directory, prefix, key.getFingerprint(), key.toPublic().armor())
  }
  const path = join(scratch(t), 'app.aci')
  writeFileSync(path, BYTES)
  return { keystore, path }
}

test('the hint of an unknown key is the command that trusts it', async (t) => {
  const { keystore, path } = await setUp(t, [])
  const verified = verifySignature(keystore, { path, subject: 'app.aci', imageName: NAME }, await by(good)())
  await assert.rejects(verified, { hint: 'appc trust --prefix=example.com/app KEYFILE' })
})

test('a signer checked later is held to its prefix', async (t) => {
  const { keystore, path } = await setUp(t, [['local', 'example.com', good]])
  const signer = await verifySignature(keystore, { path, subject: 'app.aci' }, await by(good)())
  assert.equal(signer.identity, 'good <good@example.com>')
  signer.check('example.com')
  signer.check('example.com/app/deep')
  assert.ok(!signer.mayVouchFor('example.community/app'))
  assert.throws(() => signer.check('example.community/app'), {
    code: 'KEY_UNTRUSTED',
    message: /is trusted for example\.com, not for example\.community\/app$/,
  })
})

test('a signer is identified before the file is there', async (t) => {
  const { keystore } = await setUp(t, [['local', NAME, good]])
  const wanted = { subject: 'app.aci', imageName: NAME }
  const signer = await identifySigner(keystore, wanted, await by(good)())
  assert.equal(signer.fingerprint, (await good()).getFingerprint())
  await assert.rejects(identifySigner(keystore, wanted, await by(other)()), { code: 'KEY_UNTRUSTED' })
  await assert.rejects(identifySigner(keystore, wanted, BYTES), { code: 'SIGNATURE_INVALID' })
})

test('a file that is not there is told as such, not as a bad signature', async (t) => {
  const { keystore } = await setUp(t, [['local', NAME, good]])
  const file = { path: join(scratch(t), 'gone.aci'), subject: 'gone.aci', imageName: NAME }
  await assert.rejects(verifySignature(keystore, file, await by(good)()), { code: 'FILE_UNREADABLE' })
})

test('an empty local file masks the key of the system, and the refusal says so', async (t) => {
  const { keystore, path } = await setUp(t, [['system', NAME, good]])
  const mask = plant(keystore.dirs.local, NAME, (await good()).getFingerprint(), '')
  const verified = verifySignature(keystore, { path, subject: 'app.aci', imageName: NAME }, await by(good)())
  await assert.rejects(verified, (error: Error) =>
    error.message.endsWith(`which the empty file ${mask} takes out of use`),
  )
})

test('a key under the name of another vouches for nothing', async (t) => {
  const { keystore, path } = await setUp(t, [])
  plant(keystore.dirs.local, NAME, (await good()).getFingerprint(), (await other()).toPublic().armor())
  const file = { path, subject: 'app.aci', imageName: NAME }
  await assert.rejects(verifySignature(keystore, file, await by(other)()), { code: 'KEY_INVALID' })
  await assert.rejects(verifySignature(keystore, file, await by(good)()), {
    code: 'KEY_INVALID',
    message: /holds another key than its name says/,
  })
})

test('broken keys of others do not stand in the way', async (t) => {
  const { keystore, path } = await setUp(t, [['local', NAME, good]])
  plant(keystore.dirs.local, null, 'a'.repeat(40), 'rubbish')
  await verifySignature(keystore, { path, subject: 'app.aci', imageName: NAME }, await by(good)())
})
