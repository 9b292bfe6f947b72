import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, describe, test, type TestContext } from 'node:test'
import type { Keystore } from '../../../stage0/trust/keystore.js'
import { directoryFor } from '../../../stage0/trust/key-files.js'
import { verifySignature } from '../../../stage0/trust/verify.js'
import { Gpg } from '../../helpers/gpg-verdict.js'
import { emptyKeystore } from '../../helpers/keystores.js'
import { needsGpg } from '../../helpers/pgp.js'
import { scratch } from '../../helpers/scratch.js'
import { ALGORITHMS } from './situations/algorithms.js'
import { ARMOUR } from './situations/armour.js'
import { DATES } from './situations/dates.js'
import { FORMS } from './situations/forms.js'
import { IDENTITIES } from './situations/identities.js'
import { ISSUERS } from './situations/issuers.js'
import { REVOCATIONS } from './situations/revocations.js'
import { REVOKED_ELSEWHERE } from './situations/revoked-elsewhere.js'
import { SCOPES } from './situations/scopes.js'
import { BYTES, NAME, type Places, type Planted, type Situation } from './situations/situation.js'

/** What is accepted and what is refused, and whether the real gpg thinks the same; where it does not, the row says why. */
const TABLES = {
  ALGORITHMS,
  ARMOUR,
  DATES,
  FORMS,
  IDENTITIES,
  ISSUERS,
  REVOCATIONS,
  REVOKED_ELSEWHERE,
  SCOPES,
}

const gpg = new Gpg()
after(() => {
  gpg.close()
})

async function planted([, , make]: Places[number]): Promise<Planted> {
  const made = await make()
  if ('fingerprint' in made) return made
  return { fingerprint: made.getFingerprint(), bytes: Buffer.from(made.toPublic().armor()) }
}

async function plantAll({ dirs }: Keystore, places: Places): Promise<void> {
  for (const place of places) {
    const [level, prefix] = place
    const { fingerprint, bytes } = await planted(place)
    const path = join(directoryFor(dirs[level] ?? assert.fail('no such level'), prefix), fingerprint)
    mkdirSync(dirname(path), { recursive: true })
    if (bytes === null) symlinkSync('/dev/null', path)
    else writeFileSync(path, bytes)
  }
}

async function judge(t: TestContext, situation: Situation): Promise<void> {
  const { trusted = [], signature, refused, warning } = situation
  const keystore = emptyKeystore(t)
  await plantAll(keystore, trusted)
  const path = join(scratch(t), 'app.aci')
  writeFileSync(path, BYTES)
  const imageName = 'imageName' in situation ? situation.imageName : NAME
  const warnings: string[] = []
  const warn = (message: string): void => void warnings.push(message)
  const file = { path, subject: 'app.aci', warn, ...(imageName !== undefined && { imageName }) }
  const verified = verifySignature(keystore, file, await signature())
  if (refused === undefined) {
    const { fingerprint } = await verified
    const known = await Promise.all(trusted.map(planted))
    assert.ok(known.some((one) => one.fingerprint === fingerprint))
  } else {
    const [code, message] = refused
    await assert.rejects(verified, { code, message })
  }
  if (warning === undefined) assert.deepEqual(warnings, [])
  else assert.match(warnings.join('\n'), warning)
}

async function compare({ trusted = [], signature, refused, gpgDiffers }: Situation): Promise<void> {
  const keys = await Promise.all(trusted.map(planted))
  const known = keys.flatMap(({ bytes }) => (bytes === null || bytes.length === 0 ? [] : bytes))
  const isGood = await gpg.isGood(known, await signature(), BYTES)
  const isAccepted = refused === undefined
  const [ours, theirs] = [isAccepted, isGood].map((accepted) => (accepted ? 'good' : 'bad'))
  if (gpgDiffers === undefined) assert.equal(theirs, ours, "gpg's verdict")
  else assert.notEqual(theirs, ours, `gpg's verdict, which should differ: ${gpgDiffers}`)
}

for (const [subject, situations] of Object.entries(TABLES)) {
  describe(`SPEC A7: ${subject.toLowerCase().replace('_', ' ')}`, { concurrency: 4 }, () => {
    for (const [what, situation] of Object.entries(situations)) {
      test(`${situation.refused ? 'refused' : 'accepted'}: ${what}`, (t) => judge(t, situation))
    }
  })
  describe(`gpg of ${subject.toLowerCase().replace('_', ' ')}`, { concurrency: 4 }, () => {
    for (const [what, situation] of Object.entries(situations)) {
      const skip = needsGpg !== false ? needsGpg : (situation.gpgCannot ?? false)
      test(`gpg: ${situation.gpgDiffers === undefined ? 'the same' : 'differs'}: ${what}`, { skip }, () =>
        compare(situation),
      )
    }
  })
}
