import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { parseImageManifest } from '#schema/image-manifest.js'
import { OS_ARCH } from '#schema/labels.js'
import { parsePodManifest } from '#schema/pod-manifest.js'

import {
  anImageID,
  change,
  fullImageManifest,
  fullPodManifest,
  minimalImageManifest,
  minimalPodManifest,
  REMOVED,
  type Json,
} from '../../helpers/manifests.js'

/** The rule, and one thing changed in a good manifest that stays good. */
type Accepted = readonly [rule: string, path: string, value: Json | typeof REMOVED]

const IMAGES: readonly Accepted[] = [
  ['T4', 'acVersion', '0.5.2'],
  ['T4', 'acVersion', '0.8.11+git'],
  ['M2', 'labels', []],
  ['M2', 'labels.3', { name: 'example.com/channel', value: '' }],
  ...Object.entries(OS_ARCH).flatMap(([os, architectures]) =>
    architectures.map((arch): Accepted => [
      'M3',
      'labels',
      [
        { name: 'os', value: os },
        { name: 'arch', value: arch },
      ],
    ]),
  ),
  ['M3', 'labels', [{ name: 'os', value: 'linux' }]],
  ['M4', 'app.exec', REMOVED],
  ['M4', 'app.exec', []],
  ['M4', 'app.exec', ['$HOME', '`reboot`', '']],
  ['M5', 'app', REMOVED],
  ['M5', 'app.user', '/usr/bin/ping'],
  ['M6', 'app.supplementaryGIDs', [0, 4294967294]],
  ['M7', 'app.eventHandlers', [{ name: 'post-stop', exec: ['/a'] }]],
  ['M8', 'app.workingDirectory', '/'],
  ['M8', 'app.workingDirectory', ''],
  ['M9', 'app.environment', [{ name: '_a.B-9', value: '$PATH\n' }]],
  ['M10', 'app.mountPoints.0.readOnly', REMOVED],
  ['M11', 'app.ports.1', { name: 'all', protocol: 'sctp', port: 1, count: 65535 }],
  ['M11', 'app.ports.1', { name: 'last', protocol: 'udp', port: 65535 }],
  ['M13', 'app.userLabels', { '': '', 'Any Key': '\u0000' }],
  ['M14', 'dependencies.0', { imageName: 'example.com/base' }],
  ['M15', 'pathWhitelist', []],
  ['M16', 'annotations', [{ name: 'created', value: '2015-05-18T13:49:28.351729952-04:00' }]],
  ['M18', 'app.newField', { anything: [1] }],
]

const PODS: readonly Accepted[] = [
  ['P2', 'apps.0.image', { id: anImageID('d') }],
  ['P3', 'apps.1.image', { id: anImageID('a') }],
  ['P4', 'apps.0.app.exec', REMOVED],
  ['P5', 'apps.0.readOnlyRootFS', REMOVED],
  ['P5', 'apps.0.mounts.0', { volume: 'late', path: '/late' }],
  ['P6', 'volumes.1', { name: 'cache', kind: 'empty', mode: '01777', uid: 1000, gid: 1000, readOnly: true }],
  ['P6', 'volumes.0', { name: 'worklib', kind: 'host', source: '/', recursive: false }],
  ['P7', 'isolators', []],
  ['P8', 'ports', [{ name: 'health', hostPort: 65535 }]],
  ['P8', 'ports', [{ name: 'maybe-in-an-image', hostPort: 1, hostIP: '0.0.0.0' }]],
  ['M18', 'apps.0.newField', null],
]

for (const [kind, document, parse, table] of [
  ['image', fullImageManifest(), parseImageManifest, IMAGES],
  ['pod', fullPodManifest(), parsePodManifest, PODS],
] as const) {
  describe(`a good ${kind} manifest`, () => {
    for (const [rule, path, value] of table) {
      test(`SPEC ${rule}: ${path} ${value === REMOVED ? 'removed' : `= ${JSON.stringify(value)}`}`, () => {
        const changed = change(document, path, value)
        assert.deepEqual(parse(JSON.stringify(changed), 'FILE'), changed)
      })
    }
  })
}

test('SPEC M1: kind, version and name are all an image needs', () => {
  assert.deepEqual(parseImageManifest(JSON.stringify(minimalImageManifest()), 'FILE'), minimalImageManifest())
})

test('SPEC P2: a pod needs one app with an image ID', () => {
  assert.deepEqual(parsePodManifest(JSON.stringify(minimalPodManifest()), 'FILE'), minimalPodManifest())
})
