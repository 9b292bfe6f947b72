import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, describe, test, type TestContext } from 'node:test'
import { directoryFor } from '../../../../stage0/trust/key-files.js'
import type { Keystore } from '../../../../stage0/trust/keystore.js'
import { verifySignature } from '../../../../stage0/trust/verify.js'
import { Gpg } from '../../../helpers/gpg-verdict.js'
import { emptyKeystore } from '../../../helpers/keystores.js'
import { needsGpg } from '../../../helpers/pgp.js'
import { scratch } from '../../../helpers/scratch.js'
import { BYTES, NAME, type Places, type Planted, type Situation, type Situations } from './situation.js'

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

/** Tests of each row: our verdict and message, and the real gpg's verdict. */
export function judgeAll(subject: string, situations: Situations, skipAll: string | false = false): void {
  describe(`SPEC A7: ${subject}`, { concurrency: 4, skip: skipAll }, () => {
    for (const [what, situation] of Object.entries(situations)) {
      test(`${situation.refused ? 'refused' : 'accepted'}: ${what}`, (t) => judge(t, situation))
    }
  })
  describe(`gpg: ${subject}`, { concurrency: 4, skip: skipAll }, () => {
    for (const [what, situation] of Object.entries(situations)) {
      const skip = needsGpg || (situation.gpgCannot ?? false)
      const verdict = situation.gpgDiffers === undefined ? 'says the same' : 'differs'
      test(`gpg ${verdict}: ${what}`, { skip }, () => compare(situation))
    }
  })
}
