import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { lenientImageManifest, lenientPodManifest } from '#schema/lenient.js'

import { anImageID, fullImageManifest, fullPodManifest } from '../../helpers/manifests.js'

describe('what can be known of a manifest nobody would accept', () => {
  for (const [name, source] of [
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[]'],
    ['cut short', JSON.stringify(fullImageManifest()).slice(0, 40)],
    ['binary', Uint8Array.from({ length: 256 }, (_, index) => index)],
    ['very deep', '['.repeat(200_000)],
    ['fields of wrong kinds', '{"name":7,"labels":{"name":"version"},"apps":"a","acVersion":[]}'],
    [
      'items of wrong kinds',
      '{"labels":[null,7,"a",[],{"name":1,"value":2},{"name":"version"}],"apps":[null,7,"a",[]]}',
    ],
    ['__proto__', '{"__proto__":{"name":"a"},"constructor":"b"}'],
  ] as const) {
    test(`${name}: nothing, and no error`, () => {
      assert.deepEqual(lenientImageManifest(source), { labels: [] })
      assert.deepEqual(lenientPodManifest(source), { apps: [] })
    })
  }

  test('a good image manifest', () => {
    const { name, version, labels, acVersion } = lenientImageManifest(JSON.stringify(fullImageManifest()))
    assert.deepEqual([name, version, labels.length, acVersion], ['example.com/reduce-worker', '1.0.0', 3, '0.8.11'])
  })

  test('an image manifest with an invalid name, version and kind', () => {
    const source = '{"acKind":"X","acVersion":"99","name":"NOT VALID","labels":[{"name":"version","value":"v 1"},{}]}'
    assert.deepEqual(lenientImageManifest(new TextEncoder().encode(source)), {
      acVersion: '99',
      name: 'NOT VALID',
      version: 'v 1',
      labels: [{ name: 'version', value: 'v 1' }],
    })
  })

  test('a good pod manifest', () => {
    assert.deepEqual(lenientPodManifest(JSON.stringify(fullPodManifest())).apps, [
      { name: 'reduce-worker', imageID: anImageID('a'), imageName: 'example.com/reduce-worker' },
      { name: 'backup', imageID: anImageID('b'), imageName: 'example.com/worker-backup' },
      { name: 'register', imageID: anImageID('c') },
    ])
  })

  test('a pod manifest whose apps are half there', () => {
    const source = '{"apps":[{"name":"A B"},{"image":{"id":"sha512-1"}},{"name":"c","image":7},null]}'
    assert.deepEqual(lenientPodManifest(source).apps, [
      { name: 'A B' },
      { name: '', imageID: 'sha512-1' },
      { name: 'c' },
    ])
  })
})
