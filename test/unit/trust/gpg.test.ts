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

for (const algorithm of ['ed25519', 'rsa2048', 'nistp256', 'nistp384']) {
  test(`SPEC A7: what gpg signs with ${algorithm} is verified`, { skip: needsGpg }, async (t) => {
    const { gpg, keystore, key, path, file } = await gpgKey(t, algorithm, 'sign')
    gpg('--armor', '--detach-sign', path)
    const signer = await verifySignature(keystore, file, readFileSync(`${path}.asc`))
    assert.equal(signer.fingerprint, key.getFingerprint())
    assert.equal(signer.identity, 'Gee <g@example.com>')
    gpg('--detach-sign', path)
    await verifySignature(keystore, file, readFileSync(`${path}.sig`))
    writeFileSync(path, 'another image')
    const refusal = { code: 'SIGNATURE_INVALID', message: /is of other bytes$/ }
    await assert.rejects(verifySignature(keystore, file, readFileSync(`${path}.asc`)), refusal)
  })
}

test('what gpg signs in other ways is refused, each for what it is', { skip: needsGpg }, async (t) => {
  const { gpg, keystore, path, file } = await gpgKey(t, 'rsa2048', 'sign')
  const ways: readonly (readonly [options: readonly string[], message: RegExp])[] = [
    [['--digest-algo=SHA1', '--detach-sign'], /uses SHA1, which is too weak$/],
    [['--textmode', '--detach-sign'], /is of a text, not of a file's bytes$/],
    [['--clear-sign'], /is a clear-signed text, not detached$/],
    [['--sign'], /is a message with its own content, not detached$/],
    [['--armor', '--sign'], /is a message with its own content, not detached$/],
    [['--faked-system-time=20380101T000000!', '--detach-sign'], /is from the future \(2038-01-01T/],
  ]
  for (const [options, message] of ways) {
    gpg('--output', `${path}.x`, ...options, path)
    const verified = verifySignature(keystore, file, readFileSync(`${path}.x`))
    await assert.rejects(verified, { code: 'SIGNATURE_INVALID', message }, options.join(' '))
  }
})

test('a DSA key is too weak', { skip: needsGpg }, async (t) => {
  const { gpg, keystore, path, file } = await gpgKey(t, 'dsa2048', 'sign')
  gpg('--detach-sign', path)
  await assert.rejects(verifySignature(keystore, file, readFileSync(`${path}.sig`)), {
    code: 'KEY_INVALID',
    message: /which is too weak: DSA$/,
  })
})

test('a Brainpool key is told as not supported', { skip: needsGpg }, async (t) => {
  const { gpg, keystore, path, file } = await gpgKey(t, 'brainpoolP256r1', 'sign')
  gpg('--detach-sign', path)
  await assert.rejects(verifySignature(keystore, file, readFileSync(`${path}.sig`)), {
    code: 'KEY_INVALID',
    message: /which is of a kind that is not supported: brainpoolP256r1$/,
  })
})

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
