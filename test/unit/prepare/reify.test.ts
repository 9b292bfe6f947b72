import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import type { Mount } from '#schema/mount.js'
import type { MountPoint } from '#schema/mount-point.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import type { Volume } from '#schema/volume.js'
import { checkNames, mergeMounts, reify } from '../../../stage0/prepare/reify.js'
import { anImageID } from '../../helpers/manifests.js'

interface Input {
  readonly points?: readonly MountPoint[]
  readonly mounts?: readonly Mount[]
  readonly volumes?: readonly Volume[]
}

function reifyApp({ points = [], mounts, volumes }: Input) {
  const manifest: PodManifest = {
    acKind: 'PodManifest',
    acVersion: '0.8.11',
    apps: [{ name: 'web', image: { id: anImageID() }, ...(mounts && { mounts }) }],
    ...(volumes && { volumes }),
  }
  const { manifest: result, warnings } = reify(manifest, () => ({ user: '0', group: '0', mountPoints: points }))
  return { mounts: result.apps[0]?.mounts, volumes: result.volumes, warnings }
}

const data: MountPoint = { name: 'data', path: '/data' }
const host: Volume = { name: 'data', kind: 'host', source: '/srv' }

describe('SPEC P2: every mount point has a volume', () => {
  test('the volume of its name', () =>
    assert.deepEqual(reifyApp({ points: [data], volumes: [host] }), {
      mounts: [{ volume: 'data', path: '/data' }],
      volumes: [host],
      warnings: [],
    }))

  test('the volume that is mounted at its path, in any spelling of the path', () => {
    const mounts = [{ volume: 'other', path: '//data/./' }]
    const other: Volume = { name: 'other', kind: 'empty' }
    assert.deepEqual(reifyApp({ points: [data], mounts, volumes: [host, other] }), {
      mounts,
      volumes: [host, other],
      warnings: [],
    })
  })

  test('else a new empty one, with a warning', () =>
    assert.deepEqual(reifyApp({ points: [data] }), {
      mounts: [{ volume: 'web-data', path: '/data' }],
      volumes: [{ name: 'web-data', kind: 'empty', mode: '0755', uid: 0, gid: 0 }],
      warnings: ['web: no volume for mount point data (/data): an empty one is used'],
    }))

  test('an inline volume needs none of the pod', () => {
    const mounts = [{ volume: 'own', path: '/data', appVolume: { name: 'own', kind: 'empty' } as const }]
    assert.deepEqual(reifyApp({ points: [data], mounts }), { mounts, volumes: undefined, warnings: [] })
  })

  test('an app without mount points gets no volume', () =>
    assert.deepEqual(reifyApp({}), { mounts: undefined, volumes: undefined, warnings: [] }))

  test('a mount of a volume that is not there is refused', () =>
    assert.throws(
      () => reifyApp({ mounts: [{ volume: 'gone', path: '/x' }], volumes: [host] }),
      (error) =>
        error instanceof RuntimeError &&
        error.code === 'VOLUME_INVALID' &&
        error.message === 'web: /x: the pod has no volume gone to mount there',
    ))

  test('512 mounts and mount points of an app are taken, not one more', () => {
    const points = (length: number) =>
      Array.from({ length }, (_, index) => ({ name: `p${index}`, path: `/p/${index}`, readOnly: false }))
    assert.equal(reifyApp({ points: points(512) }).mounts?.length, 512)
    assert.throws(
      () => reifyApp({ points: points(512), mounts: [{ volume: 'host', path: '/x' }], volumes: [host] }),
      (error) =>
        error instanceof RuntimeError &&
        error.code === 'VOLUME_INVALID' &&
        error.message === 'web: 513 mounts and mount points: at most 512 are taken',
    )
  })

  test('a volume that has the implicit name by chance is not taken silently', () =>
    assert.throws(
      () => reifyApp({ points: [data], volumes: [{ name: 'web-data', kind: 'host', source: '/srv' }] }),
      (error) =>
        error instanceof RuntimeError &&
        error.hint === 'add --mount volume=web-data,target=/data after the image to use it',
    ))
})

test('a mount for one app takes the place of one for all apps on the same path', () =>
  assert.deepEqual(
    mergeMounts(
      [
        { volume: 'a', path: '/x' },
        { volume: 'b', path: '/y' },
      ],
      [{ volume: 'c', path: '/x/' }],
    ),
    [
      { volume: 'b', path: '/y' },
      { volume: 'c', path: '/x/' },
    ],
  ))

test('SPEC P3: two apps of one name are refused, with a hint', () => {
  const app = { name: 'web', image: { id: anImageID() } }
  checkNames([app, { ...app, name: 'db' }])
  assert.throws(
    () => checkNames([app, app]),
    (error) => error instanceof RuntimeError && error.hint === 'add --name=NAME after an image',
  )
})

describe('names that are too long are refused, with the limit', () => {
  const app = (length: number) => ({ name: 'a'.repeat(length), image: { id: anImageID() } })
  const pod = (length: number, more: Partial<PodManifest> = {}): PodManifest => ({
    acKind: 'PodManifest',
    acVersion: '0.8.11',
    apps: [app(length)],
    ...more,
  })
  const own = (length: number) => ({ name: 'v'.repeat(length), kind: 'empty' }) as const
  const point = (length: number): MountPoint => ({ name: 'p'.repeat(length), path: '/data' })
  const reifies = (manifest: PodManifest, mountPoints: readonly MountPoint[] = []): void =>
    void reify(manifest, () => ({ user: '0', group: '0', mountPoints }))
  const mounting = (length: number): PodManifest => {
    const mounts = [{ volume: 'v', path: '/data', appVolume: own(length) }]
    return pod(1, { apps: [{ ...app(1), mounts }] })
  }

  const rows: [string, (length: number) => void, number, string, RegExp][] = [
    [
      'an app of the command line',
      (length) => checkNames([app(length)]),
      150,
      'USAGE',
      /^a+…: the name of the app has 151 letters, at most 150 fit/,
    ],
    [
      'an app of a pod manifest',
      (length) => reifies(pod(length)),
      150,
      'MANIFEST_INVALID',
      /^a+…: the name of the app has 151 letters/,
    ],
    [
      'a volume',
      (length) => reifies(pod(1, { volumes: [own(length)] })),
      255,
      'VOLUME_INVALID',
      /^v+…: the name of the volume has 256 letters, at most 255 fit/,
    ],
    [
      'a volume made for a mount point',
      (length) => reifies(pod(1), [point(length - 2)]),
      255,
      'VOLUME_INVALID',
      /^a-p+…: the name of the volume has 256 letters/,
    ],
    [
      "an app's own volume",
      (length) => reifies(mounting(length - 2)),
      255,
      'VOLUME_INVALID',
      /^a\.v+…: the name of the volume has 256 letters/,
    ],
  ]
  for (const [subject, make, longest, code, message] of rows) {
    test(`${subject}: ${longest} letters`, () => {
      make(longest)
      assert.throws(
        () => make(longest + 1),
        (error) => error instanceof RuntimeError && error.code === code && message.test(error.message),
      )
    })
  }
})
