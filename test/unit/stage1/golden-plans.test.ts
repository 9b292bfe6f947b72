import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { planPod, type Plan } from '../../../stage1/plan/plan.js'
import { OLDEST } from '../../../stage1/systemd/properties.js'
import { unitFile } from '../../helpers/unit-file.js'
import { POD_KINDS } from './pod-kinds.js'

const DIRECTORY = join(import.meta.dirname, 'golden')

/** With APPC_GOLDEN=write the plans are written down instead of compared: read the difference before it is committed. */
const writing = process.env['APPC_GOLDEN'] === 'write'

/** RestartMode is of systemd 254; what an older one is not given is a matter of encodeProperties. */
const NEWEST = Math.max(OLDEST, 254)

const fileOf = (kind: string): string => join(DIRECTORY, `${kind.replaceAll(/[ /]+/g, '-')}.plan`)

/** A line for each field, and one for each entry of a list of objects. */
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

/** Everything of a plan, in the words of unit files and of what the in-pod program reads. */
function written({ podUnit, slice, appUnits, pod, apps, filters, ...rest }: Plan): string {
  const parts = [
    ...[slice, podUnit, ...appUnits].map((unit) => [unit.name, unitFile(unit, NEWEST)] as const),
    ['pod.json', fields(pod)] as const,
    ...apps.map((app) => [`apps/${app.name}.json`, fields(app)] as const),
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
      const text = written(planPod(facts))
      if (writing) writeFileSync(fileOf(kind), text)
      assert.ok(existsSync(fileOf(kind)), `${fileOf(kind)}: APPC_GOLDEN=write makes it`)
      assert.equal(text, readFileSync(fileOf(kind), 'utf8'))
    })
  }

  test('no golden plan is left of a kind that is gone', () => {
    const known = Object.keys(POD_KINDS).map(fileOf)
    assert.deepEqual(
      readdirSync(DIRECTORY)
        .map((name) => join(DIRECTORY, name))
        .toSorted(),
      known.toSorted(),
    )
  })
})
