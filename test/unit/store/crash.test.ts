import assert from 'node:assert/strict'
import { existsSync, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createDataDir, dataDir, type DataDir } from '../../../stage0/data-dir.js'
import { openStore } from '../../../stage0/store/store.js'
import { aci, image } from '../../helpers/aci.js'
import { appears } from '../../helpers/appears.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { appc, seen, start } from '../../helpers/run-cli.js'

const CONTENT = Array.from({ length: 40 }, (_, index) => ({
  name: `rootfs/file-${String(index).padStart(2, '0')}`,
  content: Buffer.alloc(200_000, index),
}))
const ARCHIVE = image(CONTENT)
const HALF = ARCHIVE.length / 2

/**
 * Asserts after a crash: the CAS has only complete images, staging is empty after gc, and the same
 * fetch succeeds.
 */
async function recovers(dir: DataDir): Promise<void> {
  for (const id of readdirSync(dir.cas)) assert.ok(existsSync(join(dir.image(id), 'info.json')), id)
  openStore(dir).collectStaging()
  assert.deepEqual(readdirSync(dir.tmp), [])
  const { status, stdout, stderr } = await appc([`--dir=${dir.root}`, 'fetch', '-'], { input: ARCHIVE })
  assert.equal(stderr, '')
  assert.equal(status, 0)
  const exported = await appc([`--dir=${dir.root}`, 'image', 'export', stdout.trim(), '-'])
  assert.ok(exported.bytes.equals(ARCHIVE))
  assert.deepEqual(readdirSync(dir.tmp), [])
}

const stagingOf = (dir: DataDir): string | undefined => {
  const [name] = readdirSync(dir.tmp)
  return name === undefined ? undefined : join(dir.tmp, name)
}

for (const part of [0, 0.1, 0.25, 0.4, 0.5, 0.65, 0.8, 0.95, 0.999]) {
  test(`kill -9 of fetch after ${part * 100} % of the archive leaves only staging`, { skip: needsRoot }, async (t) => {
    const dir = dataDir(join(temporaryDirectory(t), 'data'))
    createDataDir(dir)
    const child = start([`--dir=${dir.root}`, 'fetch', '-'])
    child.stdin.on('error', () => undefined)
    const end = seen(child)
    const bytes = Math.floor(ARCHIVE.length * part)
    if (bytes > 0) await new Promise((resolve) => child.stdin.write(ARCHIVE.subarray(0, bytes), resolve))
    await appears(dir.tmp, () => stagingOf(dir) !== undefined)
    // fewer bytes may still be in the buffers of ingest
    if (part >= 0.4) {
      const staging = stagingOf(dir) ?? ''
      await appears(staging, () => existsSync(join(staging, 'rootfs')))
    }
    child.kill('SIGKILL')
    assert.equal((await end).status, null)
    assert.deepEqual(readdirSync(dir.cas), [])
    await recovers(dir)
  })
}

/** The files whose appearance triggers the kill: in staging, and the commit itself. */
const MOMENTS: readonly (readonly [moment: string, reached: (dir: DataDir) => boolean])[] = [
  ['the rootfs', (dir) => existsSync(join(stagingOf(dir) ?? '/nonexistent', 'rootfs'))],
  ['the record', (dir) => existsSync(join(stagingOf(dir) ?? '/nonexistent', 'record'))],
  ['the manifest', (dir) => existsSync(join(stagingOf(dir) ?? '/nonexistent', 'manifest'))],
  ['info.json', (dir) => existsSync(join(stagingOf(dir) ?? '/nonexistent', 'info.json'))],
  ['the image in the CAS', (dir) => readdirSync(dir.cas).length > 0],
]

for (const [moment, reached] of MOMENTS) {
  test(`kill -9 of fetch on the appearance of ${moment} loses nothing`, { skip: needsRoot }, async (t) => {
    const dir = dataDir(join(temporaryDirectory(t), 'data'))
    createDataDir(dir)
    const child = start([`--dir=${dir.root}`, 'fetch', '-'])
    child.stdin.on('error', () => undefined)
    const end = seen(child)
    child.stdin.end(aci(CONTENT))
    const over = end.then(() => true)
    const watchers = [watch(dir.tmp, { recursive: true }), watch(dir.cas)]
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (reachedSafely(dir, reached)) resolve()
      }
      for (const watcher of watchers) watcher.on('change', look)
      // if the process ended before the kill, the image is complete
      void over.then(() => resolve())
    })
    child.kill('SIGKILL')
    for (const watcher of watchers) watcher.close()
    await end
    await recovers(dir)
  })
}

function reachedSafely(dir: DataDir, reached: (dir: DataDir) => boolean): boolean {
  try {
    return reached(dir)
  } catch {
    return false
  }
}

test('gc leaves alone what another process is just taking in', { skip: needsRoot }, async (t) => {
  const dir = dataDir(join(temporaryDirectory(t), 'data'))
  createDataDir(dir)
  const child = start([`--dir=${dir.root}`, 'fetch', '-'])
  const end = seen(child)
  await new Promise((resolve) => child.stdin.write(ARCHIVE.subarray(0, HALF), resolve))
  const rootfs = (): boolean => existsSync(join(stagingOf(dir) ?? '/nonexistent', 'rootfs'))
  await appears(dir.tmp, () => stagingOf(dir) !== undefined)
  await appears(stagingOf(dir) ?? '', rootfs)
  assert.deepEqual(openStore(dir).collectStaging(), [])
  child.stdin.end(ARCHIVE.subarray(HALF))
  const { status, stderr } = await end
  assert.equal(stderr, '')
  assert.equal(status, 0)
  assert.deepEqual(readdirSync(dir.tmp), [])
})

test('many fetches of the same image at once all succeed and store it once', { skip: needsRoot }, async (t) => {
  const dir = dataDir(join(temporaryDirectory(t), 'data'))
  const all = await Promise.all(
    Array.from({ length: 5 }, () => appc([`--dir=${dir.root}`, 'fetch', '-'], { input: ARCHIVE })),
  )
  assert.deepEqual(all.map(({ stderr }) => stderr).join(''), '')
  assert.deepEqual(new Set(all.map(({ stdout }) => stdout)).size, 1)
  assert.equal(readdirSync(dir.cas).length, 1)
  assert.deepEqual(readdirSync(dir.tmp), [])
})
