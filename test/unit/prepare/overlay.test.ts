import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { native } from '#native'
import { overlayProblem } from '../../../stage0/prepare/overlay.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { emptyDataDir } from '../../helpers/fabricated-pods.js'

test('whether overlays work is tested once for each file system', { skip: needsRoot }, (t) => {
  const dir = emptyDataDir(t)
  const cacheDirectory = join(temporaryDirectory(t), 'known')
  const expected = native.overlayProblem(temporaryDirectory(t))
  assert.equal(overlayProblem(dir, cacheDirectory), expected)
  assert.deepEqual(readdirSync(dir.tmp), [])
  const [name = '', ...more] = readdirSync(cacheDirectory)
  assert.deepEqual(more, [])
  assert.equal(readFileSync(join(cacheDirectory, name), 'utf8'), `${expected ?? 'works'}\n`)
  writeFileSync(join(cacheDirectory, name), 'the moon is full\n')
  assert.equal(overlayProblem(dir, cacheDirectory), 'the moon is full')
  writeFileSync(join(cacheDirectory, name), '')
  assert.equal(overlayProblem(dir, cacheDirectory), expected, 'an empty cache file is ignored')
})
