import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { POD_DIR } from '#schema/pod-dir.js'
import type { Context, Outcome } from '../../../stage0/cli/command.js'
import { command as gc } from '../../../stage0/cli/commands/gc.js'
import { command as imageGC } from '../../../stage0/cli/commands/image/gc.js'
import { command as imageList } from '../../../stage0/cli/commands/image/list.js'
import { command as imageRm } from '../../../stage0/cli/commands/image/rm.js'
import { command as list } from '../../../stage0/cli/commands/list.js'
import { command as status } from '../../../stage0/cli/commands/status.js'
import { dataDir, type DataDir, type Place } from '../../../stage0/data-dir.js'
import { IMAGE_DIR } from '../../../stage0/store/read.js'
import { openStore } from '../../../stage0/store/store.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { fabricate } from '../../helpers/fabricated-pods.js'
import { file, imageBench } from '../../helpers/image-store.js'

/** The wrong entries at a path. */
type Bad = 'file' | 'directory' | 'nothing' | 'dangling' | 'circle' | { readonly text: string }

const KINDS: readonly Bad[] = ['file', 'directory', 'nothing', 'dangling', 'circle']
const TEXTS = ['', '{', 'null', '[]', '7', '"x"', '{}', '\0', '{"apps":{}}', '{"apps":[null,7,{}]}', '[[[[[[['].map(
  (text): Bad => ({ text }),
)

function spoil(path: string, bad: Bad): void {
  rmSync(path, { recursive: true, force: true })
  mkdirSync(dirname(path), { recursive: true })
  if (typeof bad === 'object') writeFileSync(path, bad.text)
  else if (bad === 'file') writeFileSync(path, 'x\n')
  else if (bad === 'directory') mkdirSync(path)
  else if (bad === 'dangling') symlinkSync('/nonexistent/x', path)
  else if (bad === 'circle') symlinkSync(path, path)
}

const named = (bad: Bad): string => (typeof bad === 'object' ? JSON.stringify(bad.text) : bad)

const GOOD = '00000000-0000-4000-8000-000000000000'
const BAD = 'ffffffff-0000-4000-8000-000000000000'

const contextOf = (dir: DataDir): Context => ({ dataDir: dir.root, warn: () => undefined }) as unknown as Context

/** Each command does its work for good entries, with any bad entry beside them. */
async function worksFor(dir: DataDir, id: string): Promise<void> {
  const context = contextOf(dir)
  const lines = async (outcome: Outcome | Promise<Outcome>): Promise<string> => ((await outcome).lines ?? []).join('\n')
  const order = { sort: 'name', order: 'asc', fields: 'id,name,size,importtime,lastused,signedby' } as const
  assert.match(
    await lines(list.run({ full: true, 'no-legend': true, quiet: false, filter: undefined }, context)),
    new RegExp(`^${GOOD}`, 'm'),
  )
  const told = await status.run({ pod: GOOD, wait: undefined, network: false, 'uuid-file': undefined }, context)
  assert.match((told.lines ?? []).join('\n'), /^app-one-state=created$/m)
  for (const sort of ['name', 'id', 'size', 'lastused', 'importtime'] as const) {
    const images = await lines(imageList.run({ ...order, sort, full: true, 'no-legend': true, quiet: false }, context))
    assert.match(images, new RegExp(`^${id}`, 'm'))
  }
  // the good image was used recently, the other one is not checked
  assert.doesNotMatch(await lines(imageGC.run({ 'grace-period': '24h' }, context)), new RegExp(id))
  assert.match(await lines(imageRm.run({ image: [id] }, context)), new RegExp(id))
  const options = { 'grace-period': '0s', 'expire-prepared': '0s', 'mark-only': false, 'dry-run': false }
  assert.match(await lines(gc.run(options, context)), new RegExp(`^${GOOD}: removed$`, 'm'))
}

async function bench(t: TestContext): Promise<{ readonly dir: DataDir; readonly id: string }> {
  const { store, put } = imageBench(t)
  const { id } = await put('good', [file('x')])
  fabricate(store.dir, 'run', { uuid: GOOD })
  return { dir: store.dir, id }
}

describe('one bad pod keeps no command from working', { skip: needsRoot }, () => {
  const PLACES: readonly Place[] = ['embryo', 'prepare', 'prepared', 'run', 'exited-garbage', 'garbage']
  const row = (
    name: string,
    places: readonly Place[],
    make: (directory: string, dir: DataDir, place: Place) => void,
  ): void => {
    for (const place of places) {
      test(`${place}: ${name}`, async (t) => {
        const { dir, id } = await bench(t)
        make(dir.pod(place, BAD), dir, place)
        await worksFor(dir, id)
      })
    }
  }
  for (const bad of KINDS) row(`its directory is ${named(bad)}`, PLACES, (directory) => spoil(directory, bad))

  const LISTED: readonly Place[] = ['run', 'exited-garbage']
  const files = [
    POD_DIR.lock,
    POD_DIR.manifest,
    POD_DIR.runSpec,
    POD_DIR.created,
    POD_DIR.pid,
    POD_DIR.status,
    POD_DIR.exited('one'),
    POD_DIR.started('one'),
    'appsinfo',
    'appsinfo/one',
    POD_DIR.appImages('one'),
    POD_DIR.appImageID('one'),
    POD_DIR.appManifest('one'),
  ]
  for (const path of files) {
    for (const bad of KINDS) {
      row(`its ${path} is ${named(bad)}`, LISTED, (directory, dir, place) => {
        fabricate(dir, place, { uuid: BAD })
        spoil(join(directory, path), bad)
      })
    }
  }
  for (const path of [POD_DIR.manifest, POD_DIR.runSpec, POD_DIR.exited('one'), POD_DIR.pid]) {
    for (const bad of TEXTS) {
      row(`its ${path} is ${named(bad)}`, ['run'], (directory, dir, place) => {
        fabricate(dir, place, { uuid: BAD })
        spoil(join(directory, path), bad)
      })
    }
  }
  for (const app of ['a'.repeat(255), 'a'.repeat(256), 'a'.repeat(70_000), '../..', 'a/b', '', '\0', 'A', 'é', '-']) {
    const name = app.length > 20 ? `of ${app.length} letters` : JSON.stringify(app)
    row(`an app has the name ${name}`, LISTED, (_, dir, place) =>
      fabricate(dir, place, { uuid: BAD, apps: [app], files: { 'status/x': '' } }),
    )
    row(`it has the name ${name}`, LISTED, (_, dir, place) => fabricate(dir, place, { uuid: BAD, name: app }))
  }
})

describe('one bad image keeps no command from working', { skip: needsRoot }, () => {
  const row = (name: string, make: (directory: string) => void): void => {
    test(name, async (t) => {
      const { dir, id } = await bench(t)
      make(dir.image(`sha512-${'f'.repeat(64)}`))
      await worksFor(dir, id)
    })
  }
  /** The entry of another image at this path. */
  const spoiled = (path: string, bad: Bad): void => {
    test(`its ${path} is ${named(bad)}`, async (t) => {
      const { store, put } = imageBench(t)
      const other = await put('other', [file('y')])
      const { id } = await put('good', [file('x')])
      fabricate(store.dir, 'run', { uuid: GOOD })
      spoil(join(other.directory, path), bad)
      await worksFor(store.dir, id)
    })
  }
  for (const bad of KINDS) row(`its directory is ${named(bad)}`, (directory) => spoil(directory, bad))
  for (const path of Object.values(IMAGE_DIR)) for (const bad of KINDS) spoiled(path, bad)
  for (const path of [IMAGE_DIR.manifest, IMAGE_DIR.info, IMAGE_DIR.provenance]) {
    for (const bad of TEXTS) spoiled(path, bad)
  }
  const manifest = (name: string, labels: readonly object[] = []): Bad => ({
    text: JSON.stringify({ acKind: 'ImageManifest', acVersion: '0.8.11', name, labels }),
  })
  spoiled(IMAGE_DIR.manifest, manifest(`example.com/${'x'.repeat(70_000)}`))
  spoiled(IMAGE_DIR.manifest, manifest('example.com/x', [{ name: 'version', value: 'x'.repeat(70_000) }]))
  spoiled(IMAGE_DIR.manifest, manifest('example.com/x', [{ name: 'version', value: '\u001b' }]))
})

describe('one bad tree, download or staging directory keeps no command from working', { skip: needsRoot }, () => {
  const place = (dir: DataDir): Record<string, string> => ({
    'a tree': join(dir.trees, `deps-sha512-${'f'.repeat(128)}`),
    'a download': join(dir.downloads, 'f'.repeat(128)),
    'what a server said': join(dir.remotes, 'f'.repeat(128)),
    'a staging directory': join(dir.tmp, 'x'),
    'something in the store': join(dir.cas, 'x'),
    'something among the pods': join(dir.pods, 'x'),
    'something in a place of pods': join(dir.place('run'), 'x'),
  })
  for (const what of Object.keys(place(dataDir('/')))) {
    for (const bad of KINDS) {
      test(`${what} is ${named(bad)}`, async (t) => {
        const { dir, id } = await bench(t)
        spoil(place(dir)[what] ?? '', bad)
        openStore(dir)
        await worksFor(dir, id)
      })
    }
  }
})
