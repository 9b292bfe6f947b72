import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { annotation, label, parseImageManifest } from '#schema/image-manifest.js'
import { ManifestError } from '#schema/manifest-error.js'
import { parsePodManifest } from '#schema/pod-manifest.js'
import { emptyVolumeOwner } from '#schema/volume.js'
import { formatManifest } from '#schema/write.js'

import {
  change,
  fullImageManifest,
  fullPodManifest,
  minimalImageManifest,
  minimalPodManifest,
  type Json,
  type JsonObject,
} from '../../helpers/manifests.js'

/** A document with an unknown field in every object that has known fields. */
function withStrangeFields(value: Json): Json {
  if (Array.isArray(value)) return value.map(withStrangeFields)
  if (typeof value !== 'object' || value === null) return value
  const inside = Object.entries(value).map(([key, item]): [string, Json] => [
    key,
    key.startsWith('user') ? item : withStrangeFields(item),
  ])
  return { ...Object.fromEntries(inside), 'x-strange': { deep: [null, 1.5, 'é', { 'any key': true }] } }
}

describe('what is written is read again, and the same', () => {
  for (const [name, document] of [
    ['minimal', minimalImageManifest()],
    ['full', fullImageManifest()],
    ['with unknown fields everywhere (SPEC M18)', withStrangeFields(fullImageManifest())],
    [
      'with a field called __proto__',
      JSON.parse('{"__proto__":{"a":1},"acKind":"ImageManifest","acVersion":"0.8.11","name":"a"}') as JsonObject,
    ],
  ] as const) {
    test(`image manifest, ${name}`, () => {
      const text = formatManifest(parseImageManifest(JSON.stringify(document), 'a'))
      assert.deepEqual(JSON.parse(text), document)
      assert.equal(text, JSON.stringify(document))
      assert.deepEqual(parseImageManifest(text, 'b'), parseImageManifest(JSON.stringify(document), 'a'))
    })
  }
  for (const [name, document] of [
    ['minimal', minimalPodManifest()],
    ['full', fullPodManifest()],
    ['with unknown fields everywhere (SPEC M18)', withStrangeFields(fullPodManifest())],
  ] as const) {
    test(`pod manifest, ${name}`, () => {
      const text = formatManifest(parsePodManifest(JSON.stringify(document), 'a'))
      assert.equal(text, JSON.stringify(document))
      assert.deepEqual(parsePodManifest(text, 'b'), parsePodManifest(JSON.stringify(document), 'a'))
    })
  }
})

test('an invalid manifest is not written', () => {
  const good = parseImageManifest(JSON.stringify(fullImageManifest()), 'a')
  assert.throws(
    () => formatManifest({ ...good, name: 'NOT VALID' }),
    (error) =>
      error instanceof ManifestError &&
      /^ImageManifest to be written: 1 problem\n {2}name: expected/.test(error.message),
  )
})

test('a null is a missing field, because Go programs write empty lists so', () => {
  const pod = { ...minimalPodManifest(), volumes: null, isolators: null, annotations: null, ports: null }
  assert.equal(formatManifest(parsePodManifest(JSON.stringify(pod), 'a')), JSON.stringify(minimalPodManifest()))
})

test('a field whose name differs in case only is the field (supplementaryGids in the specification)', () => {
  const app = { exec: ['/a'], user: '0', group: '0', supplementaryGids: [7] }
  const manifest = parseImageManifest(JSON.stringify({ ...minimalImageManifest(), app }), 'a')
  assert.deepEqual(manifest.app?.supplementaryGIDs, [7])
})

test('beside the field itself, one that differs in case is left out', () => {
  const manifest = parseImageManifest(JSON.stringify({ ...minimalImageManifest(), NAME: 'EVIL' }), 'a')
  assert.equal(manifest.name, 'example.com/minimal')
  assert.ok(!('NAME' in manifest))
})

test('labels and annotations are found by name', () => {
  const manifest = parseImageManifest(JSON.stringify(fullImageManifest()), 'a')
  assert.equal(label(manifest, 'version'), '1.0.0')
  assert.equal(label(manifest, 'missing'), undefined)
  assert.equal(label({}, 'version'), undefined)
  assert.equal(annotation(manifest, 'homepage'), 'https://example.com')
})

test('SPEC P6: an empty volume is 0755 and root’s unless it says otherwise', () => {
  assert.deepEqual(emptyVolumeOwner({ name: 'a', kind: 'empty' }), { mode: 0o755, uid: 0, gid: 0 })
  assert.deepEqual(emptyVolumeOwner({ name: 'a', kind: 'empty', mode: '1770', uid: 5, gid: 6 }), {
    mode: 0o1770,
    uid: 5,
    gid: 6,
  })
})

test('SPEC M5: user and group are free strings', () => {
  for (const user of ['root', '1000', '/usr/bin/ping', 'a b']) {
    assert.equal(parseImageManifest(JSON.stringify(change(fullImageManifest(), 'app.user', user)), 'a').app?.user, user)
  }
})
