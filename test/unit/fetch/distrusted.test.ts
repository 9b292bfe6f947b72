import assert from 'node:assert/strict'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { type Code, RuntimeError } from '#schema/errors.js'
import type { PullPolicy } from '../../../stage0/fetch/fetch.js'
import { Keystore } from '../../../stage0/trust/keystore.js'
import { readPublicKeys } from '../../../stage0/trust/read-key.js'
import { aci } from '../../helpers/aci.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { type FetchBed, fetchBed } from '../../helpers/image-server.js'
import { plant } from '../../helpers/keystores.js'

const NAME = 'example.com/a'

/** The ways in which a key loses its trust. */
const LOSSES: Readonly<Record<string, (bed: FetchBed) => Promise<unknown>>> = {
  'is removed by trust rm': ({ dirs, maker }) => new Keystore(dirs).remove(maker.fingerprint, 'example.com'),
  "is the system's and masked": async (bed) => {
    const { dirs, maker } = bed
    await new Keystore(dirs).remove(maker.fingerprint, 'example.com')
    plant(dirs.system, 'example.com', maker.fingerprint, maker.publicKey)
    symlinkSync('/dev/null', join(dirs.local, 'trustedkeys/prefix.d/example.com', maker.fingerprint))
  },
  'is revoked by appc trust': async ({ dirs, maker }) => {
    const [key] = await readPublicKeys(Buffer.from(await maker.revoked()), 'revoked')
    await new Keystore(dirs).noteRevocations(key ?? assert.fail('a key'))
  },
  "is revoked in the system's file": async ({ dirs, maker }) =>
    plant(dirs.system, 'example.com', maker.fingerprint, await maker.revoked()),
  'is revoked in a file for other images': async ({ dirs, maker }) =>
    plant(dirs.system, 'elsewhere.org', maker.fingerprint, await maker.revoked()),
}

type Way = (bed: FetchBed, t: TestContext) => Promise<unknown>

const fetch =
  (word: string, pullPolicy: PullPolicy): Way =>
  async (bed) =>
    await bed.fetcher({ pullPolicy }).fetch(word.startsWith('/') ? bed.server.url(word).href : word)

const depending =
  (pullPolicy: PullPolicy): Way =>
  async (bed, t) => {
    const path = join(temporaryDirectory(t), 'image.aci')
    writeFileSync(path, aci([], { name: 'example.org/top', dependencies: [{ imageName: NAME }] }))
    return await bed.fetcher({ pullPolicy }).fetch(path)
  }

const URL_PATH = `/images/${NAME}.aci`

/** The ways to request an image that is in the store. */
const WAYS: Readonly<Record<string, Way>> = {
  'by its name': fetch(NAME, 'new'),
  'by its name, from the store': fetch(NAME, 'never'),
  'by its name, anew': fetch(NAME, 'update'),
  'by its URL': fetch(URL_PATH, 'new'),
  'by its URL, from the store': fetch(URL_PATH, 'never'),
  'by its URL, anew': fetch(URL_PATH, 'update'),
  'as a dependency, from the store': depending('never'),
  'as a dependency': depending('new'),
  'as a dependency, anew': depending('update'),
}

const REFUSALS: readonly Code[] = ['KEY_UNTRUSTED', 'KEY_INVALID', 'IMAGE_NOT_FOUND']

async function refused(asking: Promise<unknown>, how: string): Promise<void> {
  await assert.rejects(
    asking,
    (error) => {
      assert.ok(error instanceof RuntimeError, String(error))
      assert.ok(REFUSALS.includes(error.code), `${how}: ${error.code}: ${error.message}`)
      return true
    },
    how,
  )
}

describe('an image whose key', { skip: needsRoot }, () => {
  for (const [loss, lose] of Object.entries(LOSSES)) {
    test(`${loss} is not to be had, however it is asked for`, async (t) => {
      const bed = await fetchBed(t, 'example.com')
      bed.trust('example.com')
      await bed.publish({ name: NAME })
      for (const way of Object.values(WAYS)) await way(bed, t)
      await lose(bed)
      for (const [how, way] of Object.entries(WAYS)) await refused(way(bed, t), how)
      // a kept download does not bypass the check
      for (const { directory } of bed.store.named(NAME)) rmSync(directory, { recursive: true })
      for (const [how, way] of Object.entries(WAYS)) await refused(way(bed, t), `${how}, gone from the store`)
    })
  }
})
