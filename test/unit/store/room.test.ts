import assert from 'node:assert/strict'
import { readdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { extractionLimits, LIMITS } from '../../../stage0/aci/limits.js'
import { aci, image } from '../../helpers/aci.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { appc, type Seen } from '../../helpers/run-cli.js'
import { ingest, LIMITS as TEST_LIMITS, scratch } from '../../helpers/scratch.js'

const MIB = 2 ** 20

/** A gzip bomb: 48 MiB of zeros in 48 KiB. */
const bomb = (): Buffer =>
  gzipSync(image([{ name: 'rootfs/zeros', content: Buffer.alloc(48 * MIB) }], { name: 'example.com/bomb' }))

async function fetching(t: TestContext, ...words: readonly string[]): Promise<Seen & { readonly left: string[] }> {
  const root = temporaryDirectory(t)
  const file = join(root, 'bomb.aci')
  writeFileSync(file, bomb())
  const seen = await appc([`--dir=${join(root, 'data')}`, 'fetch', ...words, file])
  return { ...seen, left: ['cas', 'tmp'].flatMap((name) => readdirSync(join(root, 'data', name))) }
}

describe('what one image may take', { skip: needsRoot }, () => {
  test('a gzip bomb is refused by --max-image-size, and nothing of it stays', async (t) => {
    const { status, stderr, left } = await fetching(t, '--max-image-size=16Mi')
    assert.equal(status, 254)
    assert.match(
      stderr,
      /^appc: .*bomb\.aci: .*16777216.*\nhint: --max-image-size=SIZE of run and fetch allows more\n$/,
    )
    assert.deepEqual(left, [])
    assert.equal((await fetching(t, '--max-image-size=1G')).status, 0)
  })

  test('a size that is none is refused', async () => {
    for (const size of ['0', '-1', 'much', '1e30', '']) {
      const { status, stderr } = await appc(['fetch', `--max-image-size=${size}`, 'x'])
      assert.equal(status, 2)
      assert.match(stderr, /^appc: --max-image-size=.*: expected a size in bytes, or with K, M, G or T, like 64M\n/)
    }
  })

  test('a gzip bomb that would fill the file system is refused while it is extracted', async (t) => {
    const directory = scratch(t)
    const { bsize, bavail, ffree } = statfsSync(directory)
    const full = { ...TEST_LIMITS, freeBytes: bavail * bsize * 2 }
    const words = /^archive: \d+ bytes are left on the file system it is extracted to, and \d+ must stay free$/
    await assert.rejects(ingest(directory, 'bytes', bomb(), full), { code: 'ARCHIVE_ROOM', message: words })
    await ingest(directory, 'room', bomb(), { ...TEST_LIMITS, freeBytes: bavail * bsize * 0.1 })
    // a small file needs almost no space
    await ingest(directory, 'small', aci(), full)
    const many = Array.from({ length: 1100 }, (_, index) => ({ name: `rootfs/${index}`, content: '' }))
    const nodes = /^archive: \d+ inodes are left on the file system it is extracted to, and \d+ must stay free$/
    if (ffree > 0) {
      const none = { ...TEST_LIMITS, freeNodes: ffree * 2 }
      await assert.rejects(ingest(directory, 'nodes', aci(many), none), { code: 'ARCHIVE_ROOM', message: nodes })
    }
  })

  test('by itself 32 GiB are the most, and a twentieth of the file system stays free, or 4 GiB', (t) => {
    const directory = scratch(t)
    const { bsize, blocks, files } = statfsSync(directory)
    const limits = extractionLimits(directory)
    assert.equal(limits.tarBytes, 32 * 2 ** 30)
    assert.equal(LIMITS.tarBytes, 32 * 2 ** 30)
    assert.equal(limits.freeBytes, Math.min(Math.floor((blocks * bsize) / 20), 4 * 2 ** 30))
    assert.equal(limits.freeNodes, Math.min(Math.floor(files / 20), 100_000))
    assert.equal(extractionLimits(directory, 5).tarBytes, 5)
  })
})
