import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { parseImageManifest } from '#schema/image-manifest.js'
import { ManifestError } from '#schema/manifest-error.js'
import { parsePodManifest } from '#schema/pod-manifest.js'

import {
  anImageID,
  change,
  fullImageManifest,
  fullPodManifest,
  REMOVED,
  type Json,
  type JsonObject,
} from '../../helpers/manifests.js'

/** The rule, the one thing changed in a good manifest, and the line that must name it. */
type Broken = readonly [rule: string, path: string, value: Json | typeof REMOVED, line: string]

const IDENTIFIER = 'expected an AC Identifier (lower-case letters and digits, single -._~/ between them)'
const NAME = 'expected an AC Name (lower-case letters and digits, single - between them)'

const IMAGES: readonly Broken[] = [
  ['T1', 'name', 'Example.com/Redis', `name: ${IDENTIFIER}, got "Example.com/Redis"`],
  ['T1', 'name', '', `name: ${IDENTIFIER}, got ""`],
  ['T2', 'app.mountPoints.0.name', 'a.b', `app.mountPoints[0].name: ${NAME}, got "a.b"`],
  ['T3', 'acKind', 'PodManifest', 'acKind: expected "ImageManifest", got "PodManifest"'],
  ['T3', 'acKind', 'ContainerImage', 'acKind: expected "ImageManifest", got "ContainerImage"'],
  ['T4', 'acVersion', '0.8', 'acVersion: expected a SemVer version like 0.8.11, got "0.8"'],
  ['T4', 'acVersion', '1.0.0', 'acVersion: 1.0.0 is another major version of the specification than 0.8.11'],
  ['T4', 'acVersion', '0.0.0', 'acVersion: 0.0.0 is no version of the specification'],
  [
    'T5',
    'dependencies.0.imageID',
    'sha256-ab',
    'dependencies[0].imageID: expected sha512- and 128 lower-case hex digits, got "sha256-ab"',
  ],
  ['T6', 'app.isolators.0.name', REMOVED, 'app.isolators[0].name: missing'],
  ['T6', 'app.isolators.0.value', REMOVED, 'app.isolators[0].value: missing'],
  [
    'T7',
    'annotations.1.value',
    '2014-10-27 19:32:27Z',
    'annotations[1].value: expected a timestamp like 2014-10-27T19:32:27Z, got "2014-10-27 19:32:27Z"',
  ],
  [
    'T8',
    'app.isolators.1.value.limit',
    '2 GB',
    'app.isolators[1].value.limit: expected a quantity like 128974848, 0.3, 300m, 2G or 123Mi, got "2 GB"',
  ],
  ['M1', 'acKind', REMOVED, 'acKind: missing'],
  ['M1', 'acVersion', REMOVED, 'acVersion: missing'],
  ['M1', 'name', null, 'name: missing'],
  ['M2', 'labels.0.name', 'name', 'labels[0].name: a label cannot be called "name"'],
  ['M2', 'labels.3', { name: 'version', value: '2' }, 'labels[3].name: "version" is also the name of item 0'],
  ['M2', 'labels.0.value', 7, 'labels[0].value: expected a string, got 7'],
  ['M2', 'labels.0.value', '1\x1b]0;owned\x07', 'labels[0].value: holds a control character'],
  ['M2', 'labels.0.value', '1\n2', 'labels[0].value: holds a control character'],
  ['M2', 'labels.0.value', '1\x7f', 'labels[0].value: holds a control character'],
  ['M2', 'labels.0.value', '1\x9b2J', 'labels[0].value: holds a control character'],
  ['M14', 'dependencies.0.labels.0.value', '1\x1b[2J', 'dependencies[0].labels[0].value: holds a control character'],
  [
    'M3',
    'labels.1.value',
    'pdp11',
    'labels[1].value: expected one of amd64, i386, aarch64, aarch64_be, armv6l, armv7l, armv7b, ppc64, ppc64le, s390x for linux, got "pdp11"',
  ],
  ['M3', 'labels.2.value', 'plan9', 'labels[2].value: expected darwin, freebsd, linux, got "plan9"'],
  ['M4', 'app.exec', '/bin/sh', 'app.exec: expected a list, got "/bin/sh"'],
  ['M4', 'app.exec.1', 'a\0b', 'app.exec[1]: holds a NUL character'],
  ['M5', 'app.user', REMOVED, 'app.user: missing'],
  ['M5', 'app.group', '', 'app.group: cannot be empty'],
  ['M5', 'app.user', 0, 'app.user: expected a string, got 0'],
  ['M6', 'app.supplementaryGIDs.1', -1, 'app.supplementaryGIDs[1]: expected 0…4294967294, got -1'],
  ['M6', 'app.supplementaryGIDs.1', 'wheel', 'app.supplementaryGIDs[1]: expected 0…4294967294, got "wheel"'],
  [
    'M7',
    'app.eventHandlers.0.name',
    'pre-stop',
    'app.eventHandlers[0].name: expected "pre-start" or "post-stop", got "pre-stop"',
  ],
  ['M7', 'app.eventHandlers.1.name', 'pre-start', 'app.eventHandlers[1].name: "pre-start" is also the name of item 0'],
  ['M7', 'app.eventHandlers.0.exec', [], 'app.eventHandlers[0].exec: an event handler needs something to execute'],
  ['M8', 'app.workingDirectory', 'opt/work', 'app.workingDirectory: expected an absolute path, got "opt/work"'],
  [
    'M9',
    'app.environment.0.name',
    '1ST',
    'app.environment[0].name: expected letters, digits and _ . - with no digit first, got "1ST"',
  ],
  [
    'M9',
    'app.environment.1',
    { name: 'REDUCE_WORKER_DEBUG', value: '' },
    'app.environment[1].name: "REDUCE_WORKER_DEBUG" is also the name of item 0',
  ],
  ['M9', 'app.environment.0.value', 'a\0b', 'app.environment[0].value: holds a NUL character'],
  ['M10', 'app.mountPoints.0.path', 'data', 'app.mountPoints[0].path: expected an absolute path, got "data"'],
  ['M10', 'app.mountPoints.0.readOnly', 'yes', 'app.mountPoints[0].readOnly: expected true or false, got "yes"'],
  ['M11', 'app.ports.1.port', 0, 'app.ports[1].port: expected 1…65535, got 0'],
  ['M11', 'app.ports.1.port', 64999, 'app.ports[1].count: the range ends at 65998, past 65535'],
  ['M11', 'app.ports.1.count', 0, 'app.ports[1].count: expected 1…65535, got 0'],
  ['M11', 'app.ports.0.protocol', REMOVED, 'app.ports[0].protocol: missing'],
  ['M11', 'app.ports.0.socketActivated', 1, 'app.ports[0].socketActivated: expected true or false, got 1'],
  ['M13', 'app.userLabels.tier', 3, 'app.userLabels.tier: expected a string, got 3'],
  [
    'M13',
    'app.userAnnotations.any key at all',
    null,
    'app.userAnnotations."any key at all": expected a string, got null',
  ],
  ['M14', 'dependencies.0.imageName', REMOVED, 'dependencies[0].imageName: missing'],
  ['M14', 'dependencies.0.size', -5, 'dependencies[0].size: expected 0…9007199254740991, got -5'],
  ['M15', 'pathWhitelist.0', 'etc/ca', 'pathWhitelist[0]: expected an absolute path, got "etc/ca"'],
  ['M16', 'annotations.5', { name: 'authors', value: '' }, 'annotations[5].name: "authors" is also the name of item 0'],
  [
    'M16',
    'annotations.3.value',
    'ftp://example.com',
    'annotations[3].value: expected an http or https URL, got "ftp://example.com"',
  ],
]

const PODS: readonly Broken[] = [
  ['P2', 'apps.0.image.id', REMOVED, 'apps[0].image.id: missing'],
  [
    'P2',
    'apps.0.image.id',
    `sha512-${'a'.repeat(64)}`,
    `apps[0].image.id: expected sha512- and 128 lower-case hex digits, got "sha512-${'a'.repeat(49)}…`,
  ],
  ['P2', 'apps', REMOVED, 'apps: missing'],
  ['P3', 'apps.1.name', 'reduce-worker', 'apps[1].name: "reduce-worker" is also the name of item 0'],
  ['P3', 'apps.1.name', 'Backup', `apps[1].name: ${NAME}, got "Backup"`],
  ['P4', 'apps.0.app.user', REMOVED, 'apps[0].app.user: missing'],
  ['P5', 'apps.0.readOnlyRootFS', 'true', 'apps[0].readOnlyRootFS: expected true or false, got "true"'],
  ['P5', 'apps.0.mounts.0.path', 'work', 'apps[0].mounts[0].path: expected an absolute path, got "work"'],
  [
    'P5',
    'apps.1.mounts.0.appVolume.kind',
    'nfs',
    'apps[1].mounts[0].appVolume.kind: expected "empty" or "host", got "nfs"',
  ],
  ['P6', 'volumes.0.source', REMOVED, 'volumes[0].source: a host volume needs a source'],
  ['P6', 'volumes.0.source', 'opt', 'volumes[0].source: expected an absolute path, got "opt"'],
  ['P6', 'volumes.0.uid', 0, 'volumes[0].uid: a host volume has no uid'],
  ['P6', 'volumes.1.source', '/a', 'volumes[1].source: an empty volume has no source'],
  ['P6', 'volumes.1.mode', 'rwx', 'volumes[1].mode: expected an octal mode like 0755, got "rwx"'],
  ['P6', 'volumes.1.name', 'worklib', 'volumes[1].name: "worklib" is also the name of item 0'],
  [
    'P7',
    'isolators.0.value.limit',
    -4,
    'isolators[0].value.limit: expected a quantity like 128974848, 0.3, 300m, 2G or 123Mi, got -4',
  ],
  ['P7', 'annotations.0.name', 'IP', `annotations[0].name: ${IDENTIFIER}, got "IP"`],
  ['P8', 'ports.0.hostPort', 65536, 'ports[0].hostPort: expected 1…65535, got 65536'],
  ['P8', 'ports.1.hostIP', '::1', 'ports[1].hostIP: expected an IPv4 address like 203.0.113.23, got "::1"'],
  [
    'P8',
    'apps.1.app.ports',
    [{ name: 'ftp-data', protocol: 'tcp', port: 21 }],
    'ports[0].name: "ftp-data" is a port of "reduce-worker" and "backup"',
  ],
]

/** The lines of the error a parser throws. */
function linesOf(parse: (text: string, subject: string) => unknown, document: JsonObject): string[] {
  try {
    parse(JSON.stringify(document), 'FILE')
  } catch (error) {
    assert.ok(error instanceof ManifestError, String(error))
    assert.equal(error.code, 'MANIFEST_INVALID')
    return error.message.split('\n')
  }
  return assert.fail('was accepted')
}

for (const [kind, document, parse, table] of [
  ['image', fullImageManifest(), parseImageManifest, IMAGES],
  ['pod', fullPodManifest(), parsePodManifest, PODS],
] as const) {
  describe(`a broken ${kind} manifest is refused, and the fault named`, () => {
    for (const [rule, path, value, line] of table) {
      test(`SPEC ${rule}: ${path} ${value === REMOVED ? 'removed' : `= ${JSON.stringify(value)}`}`, () => {
        assert.deepEqual(linesOf(parse, change(document, path, value)), ['FILE: 1 problem', `  ${line}`])
      })
    }
  })
}

test('an exposed port no app has is named where all apps are known (SPEC P8)', () => {
  const pod = {
    ...fullPodManifest(),
    apps: [{ name: 'a', image: { id: anImageID() }, app: { user: '0', group: '0' } }],
  }
  assert.deepEqual(linesOf(parsePodManifest, pod), [
    'FILE: 1 problem',
    '  ports[0].name: no app of the pod has a port "ftp-data"',
  ])
})

test('every problem of a manifest is reported at once, in the order of the document', () => {
  const broken = {
    acKind: 'ImageManifest',
    name: 'UPPER',
    labels: [{ name: 'os', value: 'beos' }],
    app: { user: 7, exec: ['ok', 1], ports: [{ name: 'a', protocol: 'tcp', port: 0 }, { name: 'b' }] },
  }
  assert.deepEqual(linesOf(parseImageManifest, broken), [
    'FILE: 9 problems',
    `  name: ${IDENTIFIER}, got "UPPER"`,
    '  labels[0].value: expected darwin, freebsd, linux, got "beos"',
    '  app.user: expected a string, got 7',
    '  app.exec[1]: expected a string, got 1',
    '  app.ports[0].port: expected 1…65535, got 0',
    '  app.ports[1].protocol: missing',
    '  app.ports[1].port: missing',
    '  app.group: missing',
    '  acVersion: missing',
  ])
})
