import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { ManifestError, manifestVerdict, validateManifest } from '#schema/validate-manifest.js'

import { findPublicProgram } from '../../helpers/public-program.js'
import { verdictsOf, type Verdict } from './actool.js'
import { DIFFERENCES, WORDS } from './differences.js'
import { manifestCases, type ManifestCase } from './manifest-cases.js'

const oracle = await findPublicProgram('actool')
const skip = 'missing' in oracle ? oracle.missing : false

/** Our verdict as printed by `appc validate --debug`. */
function ours(text: string): { valid: boolean; line: string } {
  try {
    return { valid: true, line: `valid ${validateManifest(text, 'manifest').kind}` }
  } catch (error) {
    assert.ok(error instanceof ManifestError, String(error))
    return { valid: false, line: manifestVerdict(error) }
  }
}

describe('SPEC V2: verdicts on manifests against the public actool 0.8.11', { skip }, () => {
  const cases = manifestCases()
  const compared: { one: ManifestCase; our: { valid: boolean; line: string }; their: Verdict }[] = []
  let directory = ''

  before(async () => {
    assert.ok('path' in oracle)
    directory = await mkdtemp(join(tmpdir(), 'appc-oracle-'))
    const files = cases.map((_, index) => join(directory, `${index}.json`))
    await Promise.all(cases.map((one, index) => writeFile(files[index] ?? '', one.text)))
    const verdicts = await verdictsOf(oracle.path, files)
    for (const [index, one] of cases.entries()) {
      const their = verdicts.get(files[index] ?? '')
      assert.ok(their, `actool said nothing of ${one.name}`)
      compared.push({ one, our: ours(one.text), their })
    }
  })

  after(() => rm(directory, { recursive: true, force: true }))

  test('there are enough cases, good and broken ones', () => {
    assert.ok(compared.length >= 2000, `${compared.length} cases`)
    for (const valid of [true, false]) {
      const agreed = compared.filter(({ our, their }) => our.valid === valid && their.valid === valid)
      assert.ok(agreed.length >= 300, `${agreed.length} cases both call ${valid ? 'valid' : 'invalid'}`)
    }
  })

  test('every difference in the verdict is in the table, for its rule', () => {
    const unexplained = compared
      .filter(({ our, their }) => our.valid !== their.valid)
      .filter(({ one, our }) => !explained(one, our.valid))
      .map(({ one, our, their }) => `${one.name}\n  ours:   ${our.line}\n  actool: ${their.line}`)
    assert.deepEqual(unexplained, [])
  })

  test('every line of the table is met by a case', () => {
    const differing = compared.filter(({ our, their }) => our.valid !== their.valid)
    const idle = DIFFERENCES.filter(
      ({ cases, verdict }) =>
        !differing.some(({ one, our }) => cases.test(one.name) && our.valid === (verdict === 'we accept')),
    )
    assert.deepEqual(idle, [])
  })

  test('the words are the same where both refuse, but for the table', () => {
    const differing = compared
      .filter(({ our, their }) => !our.valid && !their.valid && our.line !== their.line)
      .filter(({ one, their }) => !WORDS.some((row) => row.actool?.test(their.line) || row.cases?.test(one.name)))
      .map(({ one, our, their }) => `${one.name}\n  ours:   ${our.line}\n  actool: ${their.line}`)
    assert.deepEqual(differing, [])
  })

  test('the words are the same where both accept', () => {
    const differing = compared
      .filter(({ our, their }) => our.valid && their.valid && our.line !== their.line)
      .map(({ one }) => one.name)
    assert.deepEqual(differing, [])
  })
})

function explained(one: ManifestCase, weAccept: boolean): boolean {
  return DIFFERENCES.some(({ cases, verdict }) => cases.test(one.name) && (verdict === 'we accept') === weAccept)
}
