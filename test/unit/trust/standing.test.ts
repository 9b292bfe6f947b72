import assert from 'node:assert/strict'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { SignedBy } from '#schema/provenance.js'
import type { Keystore } from '../../../stage0/trust/keystore.js'
import { checkStanding } from '../../../stage0/trust/standing.js'
import { verifySignature } from '../../../stage0/trust/verify.js'
import { emptyKeystore, plant } from '../../helpers/keystores.js'
import { SECONDS_A_DAY } from '../../helpers/pgp.js'
import { packetsOf } from '../../helpers/pgp-packets.js'
import { scratch } from '../../helpers/scratch.js'
import { designated, key, revoked, stranger } from './situations/revoked-keys.js'
import { prolonged } from './situations/dates.js'
import { by, BYTES, expired, good, NAME, once, type Planted } from './situations/situation.js'

type Level = 'system' | 'local' | 'user'

interface Past {
  readonly keystore: Keystore
  readonly signer: SignedBy
  readonly put: (level: Level, prefix: string | null, bytes: Uint8Array | null) => void
  readonly stands: (more?: Partial<SignedBy>) => Promise<void>
}

/** A signature that was verified while the key was trusted according to `how`. */
async function past(
  t: TestContext,
  planted: () => Promise<Planted>,
  level: Level = 'local',
  revoker?: typeof stranger,
): Promise<Past> {
  const keystore = emptyKeystore(t)
  if (revoker !== undefined) await keystore.add((await revoker()).toPublic(), 'elsewhere.org')
  const { fingerprint, bytes } = await planted()
  const put: Past['put'] = (at, prefix, content) => {
    const path = plant(keystore.dirs[at] ?? assert.fail('no such level'), prefix, fingerprint, content ?? '')
    if (content !== null) return
    rmSync(path)
    symlinkSync('/dev/null', path)
  }
  put(level, NAME, bytes)
  const path = join(scratch(t), 'app.aci')
  writeFileSync(path, BYTES)
  const file = { path, subject: 'app.aci', imageName: NAME }
  const { signedBy: signer } = await verifySignature(keystore, file, await by(key, { part: 1 })())
  const stands: Past['stands'] = (more = {}) =>
    checkStanding(keystore.dirs, { subject: 'app.aci', imageName: NAME, signer: { ...signer, ...more } })
  await stands()
  return { keystore, signer, put, stands }
}

const plain = once(async () => ({
  fingerprint: (await key()).getFingerprint(),
  bytes: (await key()).toPublic().write(),
}))

const bytesOf = async (make: () => Promise<Planted>): Promise<Uint8Array> => (await make()).bytes ?? Buffer.alloc(0)

const REVOKED = { code: 'KEY_INVALID', message: /^app\.aci: signed by .*key .*, which was revoked: it is compromised$/ }

const RUNS: readonly (readonly [what: string, level: Level, prefix: string | null])[] = [
  ['for every image', 'local', null],
  ['for other images', 'local', 'elsewhere.org'],
  ["in the system's file, which the host's overrules", 'system', NAME],
  ["in the user's file, which overrules the host's", 'user', NAME],
]

for (const [of, make] of [
  ['key', revoked({})],
  ['key (version 3)', revoked({ version: 3 })],
  ['subkey', revoked({ of: 'subkey' })],
] as const) {
  for (const [what, level, prefix] of RUNS) {
    test(`a revocation of the ${of} ${what} ends the standing of a signature`, async (t) => {
      const { put, stands } = await past(t, plain)
      put(level, prefix, await bytesOf(make))
      const error = of === 'key (version 3)' ? { code: 'KEY_INVALID', message: /which was revoked$/ } : REVOKED
      await assert.rejects(stands(), error)
    })
  }
}

for (const [what, mask] of [
  ['an empty file', Buffer.alloc(0)],
  ['a symlink to /dev/null', null],
] as const) {
  test(`${what} masks the key, and ends the standing`, async (t) => {
    const { put, stands } = await past(t, plain, 'system')
    put('local', NAME, mask)
    await assert.rejects(stands(), { code: 'KEY_UNTRUSTED', message: /which is not trusted any more$/ })
  })

  test(`a revocation in a file that ${what} masks counts`, async (t) => {
    const { put, stands } = await past(t, plain)
    put('system', 'elsewhere.org', await bytesOf(revoked({})))
    put('local', 'elsewhere.org', mask)
    await assert.rejects(stands(), REVOKED)
  })
}

test('a revocation by somebody who becomes known ends the standing', async (t) => {
  const { keystore, signer, stands } = await past(t, designated(true))
  const revoker = await stranger()
  assert.deepEqual(signer.revokers, [revoker.getFingerprint()])
  await keystore.add(revoker.toPublic(), 'elsewhere.org')
  await assert.rejects(stands(), { code: 'KEY_INVALID', message: /which was revoked/ })
})

test('another copy of the key that says nothing new changes nothing', async (t) => {
  const { put, stands } = await past(t, plain)
  put('local', 'elsewhere.org', await bytesOf(plain))
  put('user', NAME, Buffer.from((await key()).toPublic().armor()))
  await stands()
})

test('a key that is not trusted any more, or for other images only', async (t) => {
  const { keystore, put, stands } = await past(t, plain)
  await keystore.remove((await plain()).fingerprint, NAME)
  await assert.rejects(stands(), { code: 'KEY_UNTRUSTED', message: /, which is not trusted any more$/ })
  put('local', 'example.com/ap', await bytesOf(plain))
  await assert.rejects(stands(), {
    code: 'KEY_UNTRUSTED',
    message: /, which is trusted for example\.com\/ap, not for example\.com\/app$/,
  })
  put('local', 'example.com', await bytesOf(plain))
  await stands()
})

/**
 * A record that is valid only if the key is not read: it names a part that the key does not have.
 */
const UNREAD = { keyID: '0'.repeat(16) }
const WAS_READ = { code: 'KEY_INVALID', message: /which is no part of key/ }

test('while nothing has changed, no key is read', async (t) => {
  const { stands } = await past(t, plain)
  await stands(UNREAD)
})

test('while nothing has changed, no key is read, though another may revoke it', async (t) => {
  const { keystore, put, stands } = await past(t, designated(false), 'local', stranger)
  await stands(UNREAD)
  await keystore.remove((await stranger()).getFingerprint(), 'elsewhere.org')
  await assert.rejects(stands(UNREAD), WAS_READ)
  put('local', NAME, await bytesOf(plain))
  await stands()
})

test('a signature and a key with an end stand until then', async (t) => {
  const { stands } = await past(t, plain)
  const [before, after] = [Date.now() - 1000, Date.now() + SECONDS_A_DAY * 1000]
  await stands({ endsAt: after, keyEndsAt: after })
  await stands({ endsAt: after, keyEndsAt: after, ...UNREAD })
  await assert.rejects(stands({ keyEndsAt: before, ...UNREAD }), WAS_READ)
  await assert.rejects(stands({ endsAt: before }), {
    code: 'SIGNATURE_INVALID',
    message: /the signature by key .* has expired$/,
  })
  // the key is read, and has no expiry
  await stands({ keyEndsAt: before })
})

test('a key that expired is told by its end, whatever the record says', async (t) => {
  const keystore = emptyKeystore(t)
  const fingerprint = (await expired()).getFingerprint()
  plant(keystore.dirs.local, NAME, fingerprint, (await prolonged(expired)()).armor())
  const path = join(scratch(t), 'app.aci')
  writeFileSync(path, BYTES)
  const file = { path, subject: 'app.aci', imageName: NAME }
  const { signedBy: signer } = await verifySignature(keystore, file, await by(expired)())
  const stands = (): Promise<void> => checkStanding(keystore.dirs, { subject: 'app.aci', imageName: NAME, signer })
  await stands()
  // the extended copy still exists, but for other images
  plant(keystore.dirs.local, 'elsewhere.org', fingerprint, (await prolonged(expired)()).armor())
  plant(keystore.dirs.local, NAME, fingerprint, (await expired()).toPublic().armor())
  await assert.rejects(stands(), { code: 'KEY_INVALID', message: /which expired on/ })
})

test('the part of the key that signed must still be there', async (t) => {
  const { put, stands } = await past(t, plain)
  const [primary = Buffer.alloc(0), ...rest] = packetsOf(await key())
  put('local', NAME, Buffer.concat([primary, ...rest.slice(0, 2)]))
  await assert.rejects(stands(), {
    code: 'KEY_INVALID',
    message: /^app\.aci: signed by key [0-9a-f]{16}, which is no part of key [0-9a-f]{40} now$/,
  })
})

test('a clock that was put back asks the key again', async (t) => {
  const { stands } = await past(t, plain)
  const later = { verifiedAt: Date.now() + SECONDS_A_DAY * 1000 }
  await stands(later)
  await assert.rejects(stands({ ...later, ...UNREAD }), WAS_READ)
})

test('what becomes of other keys is of no matter', async (t) => {
  const { keystore, signer, stands } = await past(t, plain)
  await keystore.add((await good()).toPublic(), NAME)
  await stands(UNREAD)
  assert.equal(signer.revokers, undefined)
})
