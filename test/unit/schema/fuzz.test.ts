import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { ImageManifest } from '#schema/image-manifest.js'
import { parseImageManifest } from '#schema/image-manifest.js'
import { lenientImageManifest, lenientPodManifest } from '#schema/lenient.js'
import { ManifestError } from '#schema/manifest-error.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import { parsePodManifest } from '#schema/pod-manifest.js'
import { formatManifest } from '#schema/write.js'

import { PseudoRandom } from '../../helpers/pseudo-random.js'
import {
  fullImageManifest,
  fullPodManifest,
  minimalImageManifest,
  minimalPodManifest,
  type Json,
  type JsonObject,
} from '../../helpers/manifests.js'

/**
 * Number of mutants of each kind: `APPC_FUZZ_RUNS`, or as many as take about a second.
 * `APPC_FUZZ_SEED` is the number of the first.
 */
const RUNS = Number(process.env['APPC_FUZZ_RUNS'] ?? 3000)
const FIRST = Number(process.env['APPC_FUZZ_SEED'] ?? 1)

const STRANGE: readonly Json[] = [
  ...[null, true, false, 0, -0, -1, 1.5, 65535, 65536, 2 ** 53, 1e308, -1e-7, [], {}, [[]], [null], { name: null }],
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1e3',
    '300m',
    '1Ei',
    '99999999999999999999Ei',
    'NaN',
    '\0',
    '\ud800',
    '\u202e',
    '/',
    '//',
    '/..',
    '.',
  ],
  ...[
    'a'.repeat(5000),
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toString',
    'A',
    'a-',
    'ä',
    'https://[',
    'sha512-',
  ],
  ...[
    'tcp',
    'true',
    '2026-01-01T00:00:00Z',
    '0000-00-00T99:99:99Z',
    'linux',
    'amd64',
    'host',
    'empty',
    '0.8.11',
    '9.9.9',
  ],
]

/** All objects and arrays of a document, including itself. */
function containers(value: Json): (Json[] | JsonObject)[] {
  if (typeof value !== 'object' || value === null) return []
  return [value, ...Object.values(value).flatMap(containers)]
}

/** Changes one thing somewhere in the document. */
function mutateDocument(document: Json, random: PseudoRandom): void {
  const place = random.pick(containers(document))
  if (Array.isArray(place)) {
    const at = random.roll(place.length + 1)
    const strange = structuredClone(random.pick(STRANGE))
    const changes = [
      () => place.splice(at, 1),
      () => place.splice(at, 1, strange),
      () => place.push(strange),
      () => place.splice(at, 0, ...structuredClone(place.slice(at, at + 2))),
    ]
    random.pick(changes)()
    return
  }
  const names = Object.keys(place)
  const name = names.length === 0 ? 'name' : random.pick(names)
  const other = random.pick([
    'name',
    'value',
    'set',
    'x',
    '__proto__',
    'constructor',
    name.toUpperCase(),
    ...names.slice(0, 1),
  ])
  const put = (key: string, value: Json) =>
    Object.defineProperty(place, key, { value, configurable: true, enumerable: true, writable: true })
  const changes = [
    () => Reflect.deleteProperty(place, name),
    () => put(name, structuredClone(random.pick(STRANGE))),
    () => put(other, structuredClone(random.pick(STRANGE))),
    () => put(name, structuredClone(Object.hasOwn(place, other) ? (place[other] ?? null) : null)),
  ]
  random.pick(changes)()
}

/** Changes bytes of the text, which need not be UTF-8 or JSON after that. */
function mutateText(text: Buffer, random: PseudoRandom): Buffer {
  const at = random.roll(text.length)
  const some = Buffer.from(
    random.pick(['"', '{', '}', '[', ']', ',', ':', '\\', '\\u0000', '\\ud800', '\0', 'e9', '-', '.']),
  )
  const changes = [
    () => Buffer.concat([text.subarray(0, at), some, text.subarray(at)]),
    () => Buffer.concat([text.subarray(0, at), text.subarray(at + 1 + random.roll(5))]),
    () => text.subarray(0, at),
    () => Buffer.concat([text.subarray(0, at), text.subarray(random.roll(text.length))]),
    () => {
      const copy = Buffer.from(text)
      copy[at] = random.roll(256)
      return copy
    },
  ]
  return random.pick(changes)()
}

interface Kind {
  readonly name: string
  readonly seeds: readonly (() => JsonObject)[]
  readonly parse: (source: Uint8Array | string, subject: string) => ImageManifest | PodManifest
  readonly lenient: (source: Uint8Array | string) => unknown
}

const KINDS: readonly Kind[] = [
  {
    name: 'image manifests',
    seeds: [fullImageManifest, minimalImageManifest],
    parse: parseImageManifest,
    lenient: lenientImageManifest,
  },
  {
    name: 'pod manifests',
    seeds: [fullPodManifest, minimalPodManifest],
    parse: parsePodManifest,
    lenient: lenientPodManifest,
  },
]

/** The manifest, or nothing if it was refused properly; any other exception is a bug. */
function judged<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    assert.ok(error instanceof ManifestError, `not a ManifestError: ${String(error)}`)
    assert.ok(error.problems.length > 0 && error.problems.every(({ message }) => message !== ''), error.message)
    return undefined
  }
}

function check(kind: Kind, source: Uint8Array | string): boolean {
  judged(() => kind.lenient(source))
  const manifest = judged(() => kind.parse(source, 'fuzz'))
  if (manifest === undefined) return false
  const text = formatManifest(manifest)
  const again = kind.parse(text, 'fuzz')
  assert.deepEqual(again, manifest)
  assert.equal(formatManifest(again), text)
  return true
}

describe('mutated manifests are read, or refused with a ManifestError', () => {
  for (const kind of KINDS) {
    test(`${RUNS} ${kind.name}`, () => {
      let accepted = 0
      for (let number = FIRST; number < FIRST + RUNS; number++) {
        const random = new PseudoRandom(number)
        const document = random.pick(kind.seeds)()
        for (let changes = random.roll(3); changes > 0; changes--) mutateDocument(document, random)
        let source: Buffer = Buffer.from(JSON.stringify(document))
        for (let changes = random.roll(3) === 0 ? random.roll(4) : 0; changes > 0; changes--)
          source = mutateText(source, random)
        try {
          if (check(kind, source)) accepted++
        } catch (error) {
          throw new Error(`mutant ${number}: ${source.toString()}`, { cause: error })
        }
      }
      assert.ok(accepted > 0 && accepted < RUNS, `the mutations test something: ${accepted} of ${RUNS} were accepted`)
    })
  }

  for (const kind of KINDS) {
    for (const depth of [1000, 100_000]) {
      test(`${kind.name} with ${depth} levels in a field nobody knows`, () => {
        const seed = JSON.stringify(kind.seeds[1]?.()).slice(0, -1)
        check(kind, `${seed},"x":${'['.repeat(depth)}${']'.repeat(depth)}}`)
        check(kind, `${seed},"x":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`)
      })
    }
  }
})
