import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { planPod, type Plan } from '../../../stage1/plan/plan.js'
import { OLDEST } from '../../../stage1/systemd/properties.js'
import { unitFile } from '../../helpers/unit-file.js'
import { POD_KINDS } from './pod-kinds.js'

const DIRECTORY = join(import.meta.dirname, 'golden')

/**
 * With APPC_GOLDEN=write the plans are written instead of compared: read the difference before you
 * commit it.
 */
const isWriting = process.env['APPC_GOLDEN'] === 'write'

/**
 * RestartMode needs systemd 254. Other tests check what encodeProperties leaves out for older
 * versions.
 */
const NEWEST = Math.max(OLDEST, 254)

const fileOf = (kind: string): string => join(DIRECTORY, `${kind.replaceAll(/[ /]+/g, '-')}.plan`)

/** One line for each field, and one for each entry of a list of objects. */
function fields(value: object): string {
  const line = (name: string, one: unknown): string[] =>
    Array.isArray(one) && typeof one[0] === 'object'
      ? [`${name}:`, ...one.map((entry) => `  ${JSON.stringify(entry)}`)]
      : [`${name}: ${JSON.stringify(one)}`]
  return Object.entries(value)
    .flatMap(([name, one]) => line(name, one))
    .map((text) => `${text}\n`)
    .join('')
}

/** The whole plan, with the names of unit files and of the plans that the in-pod program reads. */
function planText({ podUnit, slice, appUnits, metadata, pod, apps, filters, ...rest }: Plan): string {
  const parts = [
    ...[slice, podUnit, ...appUnits, ...(metadata ? [metadata.socket, metadata.service] : [])].map(
      (unit) => [unit.name, unitFile(unit, NEWEST)] as const,
    ),
    ['pod.json', fields(pod)] as const,
    ...apps.map((app) => [`apps/${app.name}.json`, fields(app)] as const),
    ...(metadata ? [['metadata.json', fields(metadata.facts)] as const] : []),
    [
      'beside',
      fields({ ...rest, filters: [...filters].map(([name, { known }]) => ({ name, compat: known.compat })) }),
    ] as const,
  ]
  return parts.map(([name, text]) => `### ${name}\n${text}`).join('\n')
}

describe('golden plans', () => {
  mkdirSync(DIRECTORY, { recursive: true })
  for (const [kind, facts] of Object.entries(POD_KINDS)) {
    test(`golden: the plan of a pod: ${kind}`, () => {
      const text = planText(planPod(facts))
      if (isWriting) writeFileSync(fileOf(kind), text)
      assert.ok(existsSync(fileOf(kind)), `${fileOf(kind)}: APPC_GOLDEN=write makes it`)
      assert.equal(text, readFileSync(fileOf(kind), 'utf8'))
    })
  }

  test('every golden plan belongs to a kind of pod that exists', () => {
    const expected = Object.keys(POD_KINDS).map(fileOf)
    assert.deepEqual(
      readdirSync(DIRECTORY)
        .map((name) => join(DIRECTORY, name))
        .toSorted(),
      expected.toSorted(),
    )
  })
})
