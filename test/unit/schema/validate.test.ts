import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { parseImageManifest } from '#schema/image-manifest.js'
import { warnings } from '#schema/manifest-warnings.js'
import { firstProblem, ManifestError, manifestVerdict, validateManifest } from '#schema/validate-manifest.js'

import {
  change,
  fullImageManifest,
  fullPodManifest,
  minimalImageManifest,
  REMOVED,
  type JsonObject,
} from '../../helpers/manifests.js'

const errorOf = (text: string): ManifestError => {
  try {
    validateManifest(text, 'FILE')
  } catch (error) {
    assert.ok(error instanceof ManifestError, String(error))
    return error
  }
  return assert.fail('was accepted')
}

test('SPEC V2: a valid manifest tells its kind', () => {
  assert.deepEqual(validateManifest(JSON.stringify(fullImageManifest()), 'a'), { kind: 'ImageManifest', warnings: [] })
  assert.deepEqual(validateManifest(JSON.stringify(fullPodManifest()), 'a'), { kind: 'PodManifest', warnings: [] })
})

describe('SPEC V2: the first fault in actool’s words', () => {
  for (const [document, path, value, verdict] of [
    [fullImageManifest(), 'acVersion', REMOVED, 'invalid ImageManifest: acVersion must be set'],
    [fullImageManifest(), 'name', REMOVED, 'invalid ImageManifest: name must be set'],
    [
      fullImageManifest(),
      'name',
      'A',
      'invalid ImageManifest: ACIdentifier must contain only lower case alphanumeric characters plus "-._~/"',
    ],
    [fullImageManifest(), 'app.user', REMOVED, 'invalid ImageManifest: user is required'],
    [
      fullImageManifest(),
      'app.workingDirectory',
      'a',
      'invalid ImageManifest: workingDirectory must be an absolute path',
    ],
    [fullImageManifest(), 'acVersion', 'x', 'error unmarshaling manifest: SemVer is bad'],
    [fullImageManifest(), 'acKind', 'Foo', 'error unmarshaling manifest: bad ACKind: Foo'],
    [fullImageManifest(), 'acKind', REMOVED, 'error unmarshaling manifest: ACKind must be set'],
    [fullImageManifest(), 'app.ports.0.protocol', REMOVED, 'invalid ImageManifest: app.ports[0].protocol: missing'],
    [fullPodManifest(), 'apps.1.name', 'reduce-worker', 'invalid PodManifest: duplicate apps of name "reduce-worker"'],
    [fullPodManifest(), 'volumes.0.source', REMOVED, 'invalid PodManifest: source for host volume cannot be empty'],
  ] as const) {
    test(verdict, () => {
      const error = errorOf(JSON.stringify(change(document, path, value)))
      assert.equal(manifestVerdict(error), verdict)
      assert.ok(verdict.endsWith(`: ${firstProblem(error)}`))
      assert.ok(!firstProblem(error).includes('\n'))
    })
  }

  test('no JSON at all', () => {
    assert.equal(
      manifestVerdict(errorOf('{\n  "acKind": }')),
      'error unmarshaling manifest: line 2, column 13: expected a value, got "}"',
    )
    assert.equal(manifestVerdict(errorOf('[]')), 'error unmarshaling manifest: expected an object, got a list')
  })
})

describe('what is allowed but deserves a warning', () => {
  for (const [rule, document, warning] of [
    [
      'T4',
      change(minimalImageManifest(), 'acVersion', '0.7.4'),
      'acVersion: 0.7.4 is older than the specification’s 0.8.11',
    ],
    [
      'M3',
      change(minimalImageManifest(), 'labels', [{ name: 'arch', value: 'amd64' }]),
      'labels[0].value: arch means nothing without os',
    ],
    [
      'I14',
      change(fullImageManifest(), 'app.isolators', [{ name: 'a/b', value: 1 }]),
      'app.isolators[0]: unknown isolator "a/b" is ignored',
    ],
  ] satisfies [string, JsonObject, string][]) {
    test(`SPEC ${rule}: ${warning}`, () => {
      const text = JSON.stringify(document)
      assert.deepEqual(validateManifest(text, 'a').warnings, [warning])
      assert.deepEqual(warnings(parseImageManifest(text, 'a')), [warning])
    })
  }

  test('a field in another case', () => {
    const text = JSON.stringify({ ...minimalImageManifest(), Labels: [] })
    assert.deepEqual(validateManifest(text, 'a').warnings, ['Labels: read as "labels"'])
  })
})
