import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { noPods, podHost } from '../helpers/pods.js'

const DIRECTORY = '/run/appc/code'
const LIBRARY = fileURLToPath(new URL('../../lib/appc/', import.meta.url))

/** Where the compiled code of a program is kept: by its digest, which its first line is. */
const placeOf = (program: string): string =>
  join(
    DIRECTORY,
    `${readFileSync(join(LIBRARY, `${program}.js`), 'latin1').slice(2, 66)}-${process.version}-${process.arch}`,
  )

describe('the compiled code of both programs', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()

  test('is kept by the first run, by no other command and by no failed run, closed to others', async () => {
    rmSync(DIRECTORY, { recursive: true, force: true })
    await host.ok(['fetch', box])
    assert.equal((await host.run('example.com/nothing', '--pull-policy=never')).status, 254)
    assert.throws(() => readdirSync(DIRECTORY), { code: 'ENOENT' })
    assert.equal((await host.run(box)).status, 0)
    assert.deepEqual(
      readdirSync(DIRECTORY).sort(),
      ['stage0', 'stage1'].map((name) => placeOf(name).slice(DIRECTORY.length + 1)).sort(),
    )
    assert.equal(statSync(DIRECTORY).mode & 0o777, 0o700)
  })

  test('that is rubbish is replaced', async () => {
    mkdirSync(DIRECTORY, { recursive: true })
    for (const program of ['stage0', 'stage1']) writeFileSync(placeOf(program), 'rubbish')
    assert.equal((await host.run(box)).status, 0)
    for (const program of ['stage0', 'stage1']) assert.ok(statSync(placeOf(program)).size > 10_000)
  })
})
