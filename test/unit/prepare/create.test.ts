import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { PodManifest } from '#schema/pod-manifest.js'
import { ManifestError } from '#schema/manifest-error.js'
import { DEFAULT_BOUNDS } from '#schema/bounds.js'
import { RuntimeError } from '#schema/errors.js'
import { PLACES, type DataDir } from '../../../stage0/data-dir.js'
import { claim } from '../../../stage0/prepare/claim.js'
import { discard } from '../../../stage0/pod/discard.js'
import { createPod, freshUUID } from '../../../stage0/prepare/create.js'
import { isUUID, locatePod, move } from '../../../stage0/pod/pod.js'
import type { AssembledPod } from '../../../stage0/prepare/assemble-roots.js'
import { fillPodDirectory } from '../../../stage0/prepare/fill.js'
import { runSpec } from '../../../stage0/prepare/run-spec.js'
import type { StoredImage } from '../../../stage0/store/store.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate, hold } from '../../helpers/fabricated-pods.js'
import { anImageID } from '../../helpers/manifests.js'

function contents({ root }: DataDir, changes: Partial<PodManifest> = {}): AssembledPod {
  const rootfs = join(root, 'rootfs')
  mkdirSync(rootfs, { recursive: true })
  chmodSync(rootfs, 0o1751)
  chownSync(rootfs, 7, 8)
  const image: StoredImage = {
    id: anImageID(),
    manifest: {
      acKind: 'ImageManifest',
      acVersion: '0.8.11',
      name: 'example.com/one',
      labels: [{ name: 'version', value: '7' }],
    },
    directory: root,
    rootfs,
    contentBytes: 0,
    diskBytes: 0,
    importedAt: new Date(),
    impliedDirectories: [],
  }
  const top = {
    layers: [rootfs],
    images: [image.id],
    trees: [],
    id: `deps-${image.id}`,
    release,
    [Symbol.dispose]: release,
  }
  const app = { exec: ['/bin/true'], user: '0', group: '0' }
  const apps = ['one', 'two'].map((name) => ({ name, image: { id: image.id }, app }))
  return {
    manifest: { acKind: 'PodManifest', acVersion: '0.8.11', apps, ...changes },
    images: new Map(apps.map(({ name }) => [name, image])),
    roots: new Map(apps.map(({ name }) => [name, top])),
    copied: false,
    capabilities: new Map(apps.map(({ name }) => [name, ['CAP_CHOWN']])),
  }
}

const release = (): void => undefined
const options = { network: 'none', metadata: true, detach: false, interactive: false, bounds: {} } as const

describe('a new pod', { skip: needsRoot }, () => {
  test('SPEC E1: has a random UUID (RFC 4122, version 4) and is being prepared', (t) => {
    const dir = emptyDataDir(t)
    const { pod, lock } = createPod(dir)
    assert.ok(isUUID(pod.uuid))
    assert.match(pod.uuid, /^.{14}4.{4}[89ab]/)
    assert.equal(locatePod(dir, pod.uuid)?.state, 'preparing')
    assert.equal(statSync(pod.directory).mode & 0o777, 0o700)
    lock[Symbol.dispose]()
    assert.equal(locatePod(dir, pod.uuid)?.state, 'aborted-prepare')
  })

  for (const place of PLACES) {
    test(`gets another UUID where a pod in ${place} has its first 8 digits, which name the units`, (t) => {
      const dir = emptyDataDir(t)
      fabricate(dir, place, { uuid: 'aaaaaaaa-0000-4000-8000-000000000000' })
      const uuids = ['aaaaaaaa-1111-4111-8111-111111111111', 'aaaaaaab-2222-4222-8222-222222222222']
      assert.equal(
        freshUUID(dir, () => uuids.shift() ?? ''),
        'aaaaaaab-2222-4222-8222-222222222222',
      )
    })
  }

  test('that is discarded leaves nothing', async (t) => {
    const dir = emptyDataDir(t)
    const created = createPod(dir)
    await fillPodDirectory(created.pod, contents(dir))
    discard(dir, created)
    assert.equal(locatePod(dir, created.pod.uuid), null)
  })

  test('SPEC E2: every app has a writable layer of its own, which looks like the root of its image', async (t) => {
    const dir = emptyDataDir(t)
    const { pod } = createPod(dir)
    await fillPodDirectory(pod, contents(dir))
    for (const app of ['one', 'two']) {
      const upper = statSync(join(pod.directory, 'overlay', app, 'upper'))
      assert.deepEqual([upper.mode & 0o7777, upper.uid, upper.gid], [0o1751, 7, 8])
      assert.ok(existsSync(join(pod.directory, 'overlay', app, 'work')))
      assert.equal(readFileSync(join(pod.directory, 'appsinfo', app, 'imageID'), 'utf8'), `${anImageID()}\n`)
    }
  })

  test('an invalid manifest is not written', async (t) => {
    const dir = emptyDataDir(t)
    const { pod } = createPod(dir)
    const volumes = [{ name: 'Data', kind: 'empty' }] as const
    await assert.rejects(fillPodDirectory(pod, contents(dir, { volumes })), ManifestError)
    assert.equal(existsSync(join(pod.directory, 'pod')), false)
  })

  test('moves to other places under its lock', (t) => {
    const dir = emptyDataDir(t)
    const { pod } = createPod(dir)
    const running = move(dir, move(dir, pod, 'prepared'), 'run')
    assert.equal(locatePod(dir, pod.uuid)?.state, 'running')
    assert.deepEqual(locatePod(dir, pod.uuid)?.pod, running)
  })
})

describe('the run spec', { skip: needsRoot }, () => {
  test('has every field that stage1 needs', (t) => {
    const dir = emptyDataDir(t)
    const { pod } = createPod(dir)
    const assembled = contents(dir)
    assert.deepEqual(
      runSpec(pod.uuid, assembled, { ...options, podName: 'my-web', network: 'host', metadata: false }),
      {
        version: 1,
        uuid: pod.uuid,
        id: 'my_web',
        podName: 'my-web',
        hostname: 'my-web',
        network: 'host',
        metadata: false,
        detach: false,
        interactive: false,
        bounds: DEFAULT_BOUNDS,
        apps: ['one', 'two'].map((name) => ({
          name,
          imageID: anImageID(),
          imageName: 'example.com/one:7',
          layers: [join(dir.root, 'rootfs')],
          capabilities: ['CAP_CHOWN'],
        })),
      },
    )
    const nameless = runSpec(pod.uuid, assembled, options)
    assert.equal(nameless.id, pod.uuid.slice(0, 8))
    assert.equal(nameless.hostname, `appc-${pod.uuid}`)
  })
})

describe('names of pods', { skip: needsRoot }, () => {
  const claimPod = async (dir: DataDir, podName?: string): Promise<string> => {
    const { pod } = createPod(dir)
    await claim(dir, pod, runSpec(pod.uuid, contents(dir), { ...options, ...(podName !== undefined && { podName }) }))
    return pod.uuid
  }
  const isNameTaken = (error: unknown): boolean => error instanceof RuntimeError && error.code === 'POD_NAME_TAKEN'

  test('are unique among pods that live', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = await claimPod(dir, 'web')
    await assert.rejects(claimPod(dir, 'web'), (error) => isNameTaken(error) && (error as Error).message.includes(uuid))
    await claimPod(dir, 'web-2')
    await claimPod(dir)
    await claimPod(dir)
  })

  test('are free again when the pod has exited', async (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'run', { name: 'web' })
    fabricate(dir, 'exited-garbage', { name: 'web' })
    await claimPod(dir, 'web')
  })

  test('are taken by a prepared pod, and by one that runs', async (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'prepared', { name: 'a' })
    hold(t, dir.pod('run', fabricate(dir, 'run', { name: 'b' })))
    await assert.rejects(claimPod(dir, 'a'), isNameTaken)
    await assert.rejects(claimPod(dir, 'b'), isNameTaken)
  })

  test('go to only one of several pods that claim them at the same time', async (t) => {
    const dir = emptyDataDir(t)
    const claims = await Promise.allSettled(Array.from({ length: 5 }, () => claimPod(dir, 'web')))
    assert.equal(claims.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('a broken run spec of another pod is no obstacle', async (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'prepared', { files: { 'run.json': '{"id":' } })
    fabricate(dir, 'prepared', { files: { 'run.json': null } })
    await claimPod(dir, 'web')
  })
})
