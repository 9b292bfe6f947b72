import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { POD_DIR } from '#schema/pod-dir.js'
import type { DataDir, Place } from '../../../stage0/data-dir.js'
import { claim } from '../../../stage0/prepare/claim.js'
import { findPod } from '../../../stage0/pod/find.js'
import { collectPods } from '../../../stage0/pod/gc.js'
import { locatePod, podAt, scan } from '../../../stage0/pod/pod.js'
import { Leftovers } from '../../../stage0/pod/leftovers.js'
import { removePod } from '../../../stage0/pod/remove.js'
import { viewPod } from '../../../stage0/pod/view.js'
import { command as listCommand } from '../../../stage0/cli/commands/list.js'
import { command as statusCommand } from '../../../stage0/cli/commands/status.js'
import type { Context } from '../../../stage0/cli/command.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate } from '../../helpers/fabricated-pods.js'

const FILES = [
  POD_DIR.lock,
  POD_DIR.created,
  POD_DIR.manifest,
  POD_DIR.runSpec,
  POD_DIR.pid,
  POD_DIR.status,
  POD_DIR.exited('one'),
  POD_DIR.exitedDraft('one'),
  POD_DIR.started('one'),
  POD_DIR.appManifest('one'),
  POD_DIR.appImageID('one'),
  POD_DIR.appImages('one'),
]

/** Valid JSON whose fields have wrong types. */
const WRONG_TYPES = JSON.stringify({
  ...{
    acKind: 7,
    apps: [{ name: {}, image: [] }, { name: 'one', imageID: 1, layers: 'x' }, null],
    bounds: { tasksMax: {} },
  },
  ...{ id: [], podName: {}, network: 3, code: 'exited', status: {}, result: [], finishedAt: {}, monotonic: null },
})

/** Damage that a crash, a full or failing disk, or a user may cause to a file. */
const DAMAGE: Readonly<Record<string, (path: string) => void>> = {
  'is missing': () => undefined,
  'is empty': (path) => writeFileSync(path, ''),
  'is blank': (path) => writeFileSync(path, ' '.repeat(1024)),
  'is all zeros': (path) => writeFileSync(path, Buffer.alloc(512)),
  'is cut off': (path) => writeFileSync(path, '{"version":1,"apps":[{"na'),
  'is null': (path) => writeFileSync(path, 'null'),
  'is a list': (path) => writeFileSync(path, '[[[]]]'),
  'is no text': (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0, 0xc0, 10])),
  'is of wrong types': (path) => writeFileSync(path, WRONG_TYPES),
  'is a directory': (path) => mkdirSync(path),
  'is a link to nothing': (path) => symlinkSync('/nonexistent/at/all', path),
  'is a link to itself': (path) => symlinkSync(path, path),
  'cannot be read': (path) => symlinkSync('/proc/self/mem', path),
}

/** A pod that cannot be locked is not removed: it might run. */
const cannotBeLocked = (file: string, damage: string): boolean =>
  file === POD_DIR.lock && /link|directory|read/.test(damage)

const BAD = 'bad00000-0000-4000-8000-000000000000'
const GOOD = '600d0000-0000-4000-8000-000000000000'

function damaged(dir: DataDir, place: Place, file: string, damage: (path: string) => void): void {
  const files = { [POD_DIR.pid]: '1\n', 'appsinfo/one/imageID': '', 'status/one-started': '', 'status/one': '{}' }
  fabricate(dir, place, { uuid: BAD, name: 'bad', files })
  const path = join(dir.pod(place, BAD), file)
  rmSync(path, { recursive: true, force: true })
  mkdirSync(dirname(path), { recursive: true })
  damage(path)
}

describe('a pod with a broken record hurts no other', { skip: needsRoot }, () => {
  for (const place of ['run', 'prepare', 'prepared', 'exited-garbage'] as const) {
    for (const file of FILES) {
      for (const [how, damage] of Object.entries(DAMAGE)) {
        test(`${place}: ${file} ${how}`, async (t) => {
          const dir = emptyDataDir(t)
          damaged(dir, place, file, damage)
          fabricate(dir, 'run', { uuid: GOOD, name: 'good' })
          const context = { dataDir: dir.root } as Context

          const { lines: listed = [] } = await listCommand.run(
            { full: true, 'no-legend': true, quiet: false, filter: undefined },
            context,
          )
          for (const pod of [GOOD, BAD]) assert.ok(listed.some((line) => line.startsWith(pod)))
          assert.equal(findPod(dir, 'good').pod.uuid, GOOD)
          for (const pod of [GOOD, BAD]) {
            const options = { pod, wait: undefined, network: false, 'uuid-file': undefined }
            const { lines } = await statusCommand.run(options, context)
            assert.equal(lines?.[0], `uuid=${pod}`)
          }
          assert.equal(viewPod(findPod(dir, BAD)).uuid, BAD)

          const fresh = podAt(dir, 'prepare', '5e1f0000-0000-4000-8000-000000000000')
          mkdirSync(fresh.directory)
          await claim(dir, fresh, { uuid: fresh.uuid, id: 'fresh', podName: 'fresh' } as Parameters<typeof claim>[2])
          assert.ok(existsSync(join(fresh.directory, POD_DIR.runSpec)))

          const { changes, failures } = await collectPods(dir, { gracePeriod: 0, expirePrepared: 0, markOnly: false })
          assert.ok(changes.some(({ uuid, action }) => uuid === GOOD && action === 'removed'))
          assert.equal(failures.length, cannotBeLocked(file, how) ? 1 : 0)
          assert.equal(scan(dir).length, cannotBeLocked(file, how) ? 1 : 0)
        })
      }
    }
  }

  for (const file of FILES) {
    for (const [how, damage] of Object.entries(DAMAGE)) {
      test(`rm takes a pod whose ${file} ${how}`, async (t) => {
        const dir = emptyDataDir(t)
        damaged(dir, 'run', file, damage)
        if (cannotBeLocked(file, how)) {
          await assert.rejects(removePod(dir, BAD, new Leftovers(dir)), {
            code: 'POD_STATE',
            message: /lock: is no file/,
          })
          return
        }
        assert.equal(await removePod(dir, BAD, new Leftovers(dir)), BAD)
        assert.equal(locatePod(dir, BAD), null)
      })
    }
  }
})
