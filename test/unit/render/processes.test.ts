import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsRoot } from '../../helpers/data-dir.js'
import { contents, dependsOn, file, imageBench } from '../../helpers/image-store.js'
import { appc } from '../../helpers/run-cli.js'

test(
  'several processes may render the same tree at once, others collecting meanwhile',
  { skip: needsRoot },
  async (t) => {
    const bench = imageBench(t)
    const { store, root } = bench
    await bench.put(
      'base',
      Array.from({ length: 200 }, (_, index) => file(`file-${index}`)),
    )
    const top = await bench.put('top', [file('own')], { ...dependsOn('base'), pathWhitelist: ['/own', '/file-7'] })
    const call = (...words: string[]): ReturnType<typeof appc> => appc([`--dir=${store.dir.root}`, ...words])
    const seen = await Promise.all([
      ...Array.from({ length: 4 }, (_, index) =>
        call('image', 'render', '--rootfs-only', top.id, join(root, `out-${index}`)),
      ),
      ...Array.from({ length: 2 }, () => call('image', 'gc')),
    ])
    for (const { status, stderr } of seen) assert.equal(status, 0, stderr)
    for (let index = 0; index < 4; index++) {
      assert.deepEqual(contents(join(root, `out-${index}`)), { 'file-7': 'file-7', own: 'own' })
    }
    assert.deepEqual(readdirSync(store.dir.tmp), [])
  },
)
