import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { native } from '#native'
import { overlayProblem } from '../../../stage0/prepare/overlay.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { emptyDataDir } from '../../helpers/fabricated-pods.js'

test('whether overlays work is tried once for each file system', { skip: needsRoot }, (t) => {
  const dir = emptyDataDir(t)
  const known = join(temporaryDirectory(t), 'known')
  const tried = native.overlayProblem(temporaryDirectory(t))
  assert.equal(overlayProblem(dir, known), tried)
  assert.deepEqual(readdirSync(dir.tmp), [])
  const [name = '', ...others] = readdirSync(known)
  assert.deepEqual(others, [])
  assert.equal(readFileSync(join(known, name), 'utf8'), `${tried ?? 'works'}\n`)
  writeFileSync(join(known, name), 'the moon is full\n')
  assert.equal(overlayProblem(dir, known), 'the moon is full')
  writeFileSync(join(known, name), '')
  assert.equal(overlayProblem(dir, known), tried, 'a torn note counts for nothing')
})
