import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { readPublicKeys } from '../../../stage0/trust/read-key.js'
import { openSigningKey, signBeside } from '../../../stage0/trust/sign.js'
import { verifySignature } from '../../../stage0/trust/verify.js'
import { emptyKeystore } from '../../helpers/keystores.js'
import { gpgHome, makeKey, needsGpg } from '../../helpers/pgp.js'
import { scratch } from '../../helpers/scratch.js'

const NAME = 'example.com/app'

/** A key of gpg's own, trusted for {@link NAME}, and an image file. */
async function gpgKey(t: TestContext, ...algorithm: readonly string[]) {
  const directory = scratch(t)
  chmodSync(directory, 0o700)
  const gpg = gpgHome(t)
  gpg('--passphrase', '', '--quick-generate-key', 'Gee <g@example.com>', ...algorithm, '0')
  const keystore = emptyKeystore(t)
  const [key] = await readPublicKeys(gpg('--armor', '--export', 'g@example.com'), 'exported')
  assert.ok(key)
  await keystore.add(key, NAME)
  const path = join(directory, 'app.aci')
  writeFileSync(path, Buffer.alloc(3_000_000, 'image\n'))
  const file = { path, subject: 'app.aci', imageName: NAME }
  return { gpg, keystore, key, path, file }
}

test('an exported secret key of gpg signs, and gpg verifies', { skip: needsGpg }, async (t) => {
  const { gpg, keystore, path, file } = await gpgKey(t, 'rsa2048', 'sign')
  const secret = join(scratch(t), 'secret.asc')
  writeFileSync(secret, gpg('--armor', '--export-secret-keys', 'g@example.com'))
  const signature = await signBeside(path, await openSigningKey({ path: secret }), { overwrite: false })
  gpg('--verify', signature, path)
  await verifySignature(keystore, file, readFileSync(signature))
  writeFileSync(path, 'another image')
  assert.throws(() => gpg('--verify', signature, path))
})

const KEYS = {
  'Ed25519 with a signing subkey': { subkeys: [{ sign: true }] },
  RSA: { type: 'rsa', rsaBits: 2048 },
  'NIST P-384': { curve: 'nistP384' },
} as const

for (const [what, options] of Object.entries(KEYS)) {
  test(`SPEC A7: gpg verifies what we sign with ${what}`, { skip: needsGpg }, async (t) => {
    const key = await makeKey(options as Parameters<typeof makeKey>[0])
    const directory = scratch(t)
    const path = join(directory, 'app.aci')
    writeFileSync(path, Buffer.alloc(3_000_000, 'image\n'))
    writeFileSync(join(directory, 'secret.asc'), key.armor())
    writeFileSync(join(directory, 'public.asc'), key.toPublic().armor())
    const gpg = gpgHome(t)
    gpg('--import', join(directory, 'public.asc'))
    const signature = await signBeside(path, await openSigningKey({ path: join(directory, 'secret.asc') }), {
      overwrite: false,
    })
    assert.match(readFileSync(signature, 'utf8'), /^-----BEGIN PGP SIGNATURE-----/)
    gpg('--verify', signature, path)
  })
}
