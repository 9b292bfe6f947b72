import assert from 'node:assert/strict'
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { dataDir } from '../../../stage0/data-dir.js'
import { openStore, type Store } from '../../../stage0/store/store.js'
import { aci } from '../../helpers/aci.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'

const skip = needsRoot

function bed(t: TestContext): { store: Store; path: string; fd: number } {
  const root = temporaryDirectory(t)
  const path = join(root, 'a.aci')
  writeFileSync(path, aci([{ name: 'rootfs/hello', content: 'hello' }], { name: 'example.com/a' }))
  const fd = openSync(path, 'r+')
  t.after(() => {
    closeSync(fd)
  })
  return { store: openStore(dataDir(join(root, 'data'))), path, fd }
}

test(
  'an archive is of no more use once its image was accepted, which is before anybody sees it',
  { skip },
  async (t) => {
    const { store, path, fd } = bed(t)
    const told: string[] = []
    const image = await store.ingest(fd, {
      subject: path,
      accept: ({ name }) => void told.push(name),
      onSpent: () => {
        ftruncateSync(fd, 0)
        told.push(`spent, ${store.list().length} in the store`)
      },
    })
    assert.deepEqual(told, ['example.com/a', 'spent, 0 in the store'])
    assert.equal(readFileSync(join(image.directory, 'rootfs/hello'), 'utf8'), 'hello')
    assert.ok(existsSync(join(image.directory, 'info.json')))
  },
)

test('an archive whose image is refused stays of use', { skip }, async (t) => {
  const { store, path, fd } = bed(t)
  const refused = store.ingest(fd, {
    subject: path,
    accept: () => {
      throw new Error('not this one')
    },
    onSpent: () => assert.fail('it is not spent'),
  })
  await assert.rejects(refused, /not this one/)
  assert.deepEqual(store.list(), [])
})
