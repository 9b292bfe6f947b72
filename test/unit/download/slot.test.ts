import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Slot } from '../../../stage0/download/slot.js'
import { emptyDataDir, slotOf } from '../../helpers/downloads.js'

const WHERE = new URL('https://example.com/a.aci')
const STATE = { source: WHERE.href, validators: {} }

test('nobody but its owner can look into it, whatever the umask', async (t) => {
  const dir = emptyDataDir(t)
  const umask = process.umask(0)
  t.after(() => process.umask(umask))
  const slot = await Slot.acquire(dir, WHERE)
  slot.begin(STATE)
  const modes = [slot.path, slot.bodyPath, join(slot.path, 'state.json')].map((path) => statSync(path).mode & 0o777)
  slot.remove()
  assert.deepEqual(modes, [0o700, 0o600, 0o600])
})

test('a link in the place of its bytes is not followed', async (t) => {
  const dir = emptyDataDir(t)
  const target = join(dir.root, 'target')
  writeFileSync(target, 'precious')
  mkdirSync(slotOf(dir, WHERE), { recursive: true })
  symlinkSync(target, join(slotOf(dir, WHERE), 'body'))
  await assert.rejects(Slot.acquire(dir, WHERE), { code: 'FILE_UNREADABLE' })
  assert.equal(readFileSync(target, 'utf8'), 'precious')
})

test('what a power cut left of a whole file is not taken for it', async (t) => {
  const dir = emptyDataDir(t)
  const slot = await Slot.acquire(dir, WHERE)
  slot.begin(STATE)
  slot.append(Buffer.from('12345'), 0)
  slot.write({ ...STATE, completedAt: 1, bytes: 5 })
  assert.equal(slot.read()?.bytes, 5)
  writeFileSync(slot.bodyPath, '123')
  assert.equal(slot.read(), undefined)
  slot.remove()
})

test('a state that is none is as good as absent', async (t) => {
  const dir = emptyDataDir(t)
  const slot = await Slot.acquire(dir, WHERE)
  for (const text of ['', '{', 'null', '[]', '{}', '{"source":1,"validators":{}}', '{"source":"x","validators":{}}'])
    assert.equal((writeFileSync(join(slot.path, 'state.json'), text), slot.read()), undefined, text)
  for (const more of [
    { strong: 1 },
    { coding: 1 },
    { completedAt: '1' },
    { validators: { etag: 1 } },
    { validators: [] },
  ]) {
    writeFileSync(join(slot.path, 'state.json'), JSON.stringify({ ...STATE, ...more }))
    assert.equal(slot.read(), undefined, JSON.stringify(more))
  }
  slot.remove()
})
