import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { App } from '#schema/app.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import { RuntimeError } from '#schema/errors.js'
import { parseImageWord } from '../../../stage0/image/word.js'
import { mergeEnvironment, type PodEnvironment } from '../../../stage0/prepare/merge-environment.js'
import { checkPlatform } from '../../../stage0/prepare/platform.js'
import type { AppRequest } from '../../../stage0/prepare/request.js'
import { defaultName, runtimeApp } from '../../../stage0/prepare/runtime-app.js'
import { anImageID } from '../../helpers/manifests.js'

const nothing: PodEnvironment = { inherited: new Map(), files: new Map(), set: new Map() }
const plain: AppRequest = { image: parseImageWord('worker.aci'), args: [], environment: new Map(), mounts: [] }

const imageWith = (app?: App): ImageManifest => ({
  acKind: 'ImageManifest',
  acVersion: '0.8.11',
  name: 'example.com/worker',
  labels: [{ name: 'version', value: '2' }],
  ...(app && { app }),
})

const full: App = {
  exec: ['/bin/worker', '--fast'],
  user: 'worker',
  group: 'workers',
  workingDirectory: '/srv',
  mountPoints: [{ name: 'data', path: '/data' }],
  isolators: [{ name: 'resource/memory', value: { limit: '1G' } }],
}

const make = (manifest: ImageManifest, request: Partial<AppRequest> = {}, environment: Partial<PodEnvironment> = {}) =>
  runtimeApp({ id: anImageID(), manifest }, { ...plain, ...request }, { ...nothing, ...environment })

describe('SPEC P4: the app of a pod manifest is complete', () => {
  test('without options it is the image’s own', () => {
    const app = make(imageWith(full))
    assert.deepEqual(app, {
      name: 'worker',
      image: { id: anImageID(), name: 'example.com/worker', labels: [{ name: 'version', value: '2' }] },
      app: full,
    })
  })

  test('an option changes one field and leaves the others', () => {
    const { app, readOnlyRootFS } = make(imageWith(full), {
      user: '7',
      supplementaryGIDs: [1],
      workingDirectory: '/',
      readOnlyRootFS: true,
    })
    assert.deepEqual(app, { ...full, user: '7', supplementaryGIDs: [1], workingDirectory: '/' })
    assert.equal(readOnlyRootFS, true)
  })

  test('arguments are appended to the image’s program', () =>
    assert.deepEqual(make(imageWith(full), { args: ['a'] }).app?.exec, ['/bin/worker', '--fast', 'a']))

  test('--exec replaces the whole program, arguments still follow', () =>
    assert.deepEqual(make(imageWith(full), { exec: 'sh', args: ['-c', 'x y'] }).app?.exec, ['sh', '-c', 'x y']))

  test('the operator’s capabilities replace those of the image', () => {
    const set = (kind: string, ...names: string[]) => ({
      name: `os/linux/capabilities-${kind}-set`,
      value: { set: names },
    })
    const isolators = [set('remove', 'CAP_KILL'), set('remove', 'CAP_CHOWN'), ...(full.isolators ?? [])]
    const { app } = make(imageWith({ ...full, isolators }), { capabilities: { kind: 'retain', set: ['CAP_BPF'] } })
    assert.deepEqual(app?.isolators, [...(full.isolators ?? []), set('retain', 'CAP_BPF')])
  })

  test('an image of files only runs --exec as root', () =>
    assert.deepEqual(make(imageWith(), { exec: '/bin/sh' }).app, { exec: ['/bin/sh'], user: '0', group: '0' }))

  for (const [fault, manifest] of [
    ['no app section', imageWith()],
    ['an app without exec', imageWith({ user: '0', group: '0' })],
    ['an empty exec', imageWith({ user: '0', group: '0', exec: [] })],
  ] as const) {
    test(`an image with ${fault} needs --exec`, () =>
      assert.throws(
        () => make(manifest, { args: ['a'] }),
        (error) =>
          error instanceof RuntimeError &&
          error.code === 'USAGE' &&
          error.message === 'example.com/worker:2: the image names no program to run' &&
          error.hint === 'add --exec=PROGRAM after the image',
      ))
  }
})

describe('the environment', () => {
  test('inherit-env < image < set-env-file < set-env < environment', () => {
    const image = imageWith({ ...full, environment: ['B', 'C', 'D', 'E'].map((name) => ({ name, value: 'image' })) })
    const from = (value: string, ...names: string[]) => new Map(names.map((name) => [name, value]))
    const { app } = make(
      image,
      { environment: from('environment', 'E') },
      {
        inherited: from('inherited', 'A', 'B', 'C', 'D', 'E'),
        files: from('file', 'C', 'D', 'E'),
        set: from('set', 'D', 'E'),
      },
    )
    assert.deepEqual(Object.fromEntries((app?.environment ?? []).map(({ name, value }) => [name, value])), {
      A: 'inherited',
      B: 'image',
      C: 'file',
      D: 'set',
      E: 'environment',
    })
  })

  test('SPEC M9: an inherited variable whose name a manifest cannot hold is left out', () =>
    assert.deepEqual(
      mergeEnvironment([
        ['BASH_FUNC_x%%', '()'],
        ['A', '1'],
        ['', 'x'],
      ]),
      [{ name: 'A', value: '1' }],
    ))

  test('no variables, no field', () => assert.equal('environment' in (make(imageWith(full)).app ?? {}), false))
})

describe('the default name of an app', () => {
  for (const [name, expected] of [
    ['example.com/redis', 'redis'],
    ['redis', 'redis'],
    ['example.com/db/redis_7.2', 'redis-7-2'],
    ['example.com/a~b', 'a-b'],
  ] as const) {
    test(`of ${name} is ${expected}`, () => assert.equal(defaultName({ name }), expected))
  }
})

describe('SPEC M3: only images for this host run', () => {
  const labels = (os?: string, arch?: string): ImageManifest => ({
    ...imageWith(),
    labels: Object.entries({ os, arch }).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
  })
  for (const [os, arch, machine] of [
    [undefined, undefined, 'x64'],
    ['linux', undefined, 'x64'],
    ['linux', 'amd64', 'x64'],
    ['linux', 'i386', 'x64'],
    ['linux', 'aarch64', 'arm64'],
  ] as const) {
    test(`${os ?? 'no os'}/${arch ?? 'no arch'} on ${machine}`, () => checkPlatform(labels(os, arch), 'x', machine))
  }
  for (const [os, arch, machine, message] of [
    ['linux', 'aarch64', 'x64', /^x: made for linux\/aarch64; this host runs linux\/amd64 and linux\/i386$/],
    ['linux', 'amd64', 'arm64', /^x: made for linux\/amd64; this host runs linux\/aarch64$/],
    ['freebsd', 'amd64', 'x64', /^x: made for freebsd\/amd64/],
    ['darwin', undefined, 'x64', /^x: made for darwin;/],
  ] as const) {
    test(`${os}/${arch ?? ''} is refused on ${machine}`, () =>
      assert.throws(
        () => checkPlatform(labels(os, arch), 'x', machine),
        (error) => error instanceof RuntimeError && error.code === 'HOST_UNSUPPORTED' && message.test(error.message),
      ))
  }
})
