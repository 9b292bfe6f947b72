import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'

import { findPublicProgram } from '../../helpers/public-program.js'
import { verdictsOf, type Verdict } from './actool.js'
import { IMAGES, LAYOUTS, makeLayout } from './image-cases.js'
import { IMAGE_DIFFERENCES, IMAGE_WORDS } from './image-differences.js'

const appc = join(import.meta.dirname, '../../../dist/bin/appc')
const oracle = await findPublicProgram('actool')
const skip =
  'missing' in oracle ? oracle.missing : existsSync(appc) ? false : 'dist/bin/appc is not built (npm run build)'
const actool = 'path' in oracle ? oracle.path : ''

interface Compared {
  readonly name: string
  readonly our: Verdict
  readonly their: Verdict
}

const run = (program: string, ...words: string[]): { status: number | null; stderr: string } => {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  return { status, stderr }
}

describe('SPEC V2: verdicts on layouts and images against the public actool 0.8.11', { skip }, () => {
  const compared: Compared[] = []
  let directory = ''

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'appc-oracle-'))
    const layouts = LAYOUTS.map((one, index) => {
      const path = join(directory, `layout-${index}`)
      makeLayout(path, one)
      return { name: one.name, path }
    })
    const images = IMAGES.map(({ name, bytes }, index) => {
      const path = join(directory, `image-${index}`)
      writeFileSync(path, bytes)
      return { name, path }
    })
    const all = [...layouts, ...images]
    const paths = all.map(({ path }) => path)
    const [ours, theirs] = [await verdictsOf(appc, paths), await verdictsOf(actool, paths)]
    for (const { name, path } of all) {
      const [our, their] = [ours.get(path), theirs.get(path)]
      assert.ok(our && their, `no verdict on ${name}`)
      compared.push({ name, our, their })
    }
  })

  after(() => rm(directory, { recursive: true, force: true }))

  test('there are enough cases, good and broken ones', () => {
    for (const valid of [true, false]) {
      const agreed = compared.filter(({ our, their }) => our.valid === valid && their.valid === valid)
      assert.ok(agreed.length >= 30, `${agreed.length} cases both call ${valid ? 'valid' : 'invalid'}`)
    }
  })

  test('every difference in the verdict is in the table, for its rule', () => {
    const unexplained = compared
      .filter(({ our, their }) => our.valid !== their.valid)
      .filter(
        ({ name, our }) =>
          !IMAGE_DIFFERENCES.some((row) => row.cases.test(name) && (row.verdict === 'we accept') === our.valid),
      )
      .map(({ name, our, their }) => `${name}\n  ours:   ${our.line}\n  actool: ${their.line}`)
    assert.deepEqual(unexplained, [])
  })

  test('every line of the table is met by a case', () => {
    const differing = compared.filter(({ our, their }) => our.valid !== their.valid)
    const idle = IMAGE_DIFFERENCES.filter((row) => !differing.some(({ name }) => row.cases.test(name)))
    assert.deepEqual(idle, [])
  })

  test('the words are the same, but for the table', () => {
    const differing = compared
      .filter(({ our, their }) => our.valid === their.valid && our.line !== their.line)
      .filter(({ name, their }) => !IMAGE_WORDS.some((row) => row.actool?.test(their.line) || row.cases?.test(name)))
      .map(({ name, our, their }) => `${name}\n  ours:   ${our.line}\n  actool: ${their.line}`)
    assert.deepEqual(differing, [])
  })

  test('no verdict takes more than its one line', () => {
    assert.deepEqual(
      compared.filter(({ our }) => our.line.includes('\n')).map(({ name }) => name),
      [],
    )
  })

  test('a manifest is no image, whatever --type says: the same status, for each its own words', () => {
    const path = join(directory, `image-${IMAGES.findIndex(({ name }) => name === 'a manifest file')}`)
    assert.deepEqual(
      [appc, actool].map((program) => run(program, 'validate', '--type=appimage', path).status),
      [1, 1],
    )
  })

  describe('exit status and words of single calls', () => {
    const at = (name: string): string => {
      const layout = LAYOUTS.findIndex((one) => one.name === name)
      const index = IMAGES.findIndex((one) => one.name === name)
      assert.ok(layout >= 0 || index >= 0, `no case called ${name}`)
      return join(directory, layout >= 0 ? `layout-${layout}` : `image-${index}`)
    }
    for (const [what, words] of [
      ['a valid layout', () => [at('least layout')]],
      ['a valid image', () => [at('gzip')]],
      ['a valid manifest', () => [at('a manifest file')]],
      ['a valid image, told', () => ['--debug', at('gzip')]],
      ['an invalid layout', () => [at('no rootfs')]],
      ['an invalid image', () => [at('image: no manifest')]],
      ['no manifest at all', () => [at('zeros')]],
      ['a valid one, then an invalid one', () => [at('gzip'), at('image: one file twice')]],
      ['an invalid one, then a valid one', () => [at('image: one file twice'), at('gzip')]],
      ['one that ends it, then an invalid one', () => [at('a zip'), at('image: one file twice')]],
      ['a file that is not there', () => ['/nonexistent/file']],
      ['a layout as an image', () => ['--type=appimage', at('least layout')]],
      ['a layout as a manifest', () => ['--type=manifest', at('least layout')]],
      ['a layout as a layout', () => ['--type=layout', at('least layout')]],
      ['an image as a layout', () => ['--type=layout', at('gzip')]],
      ['a manifest as a manifest', () => ['-type=manifest', at('a manifest file')]],
    ] as const) {
      test(what, () => {
        const debug = words()[0] === '--debug'
        const rest = debug ? words().slice(1) : words()
        const [ours, theirs] = [appc, actool].map((program) =>
          run(program, ...(debug ? ['--debug'] : []), 'validate', ...rest),
        )
        assert.deepEqual(ours, theirs)
      })
    }
  })
})

describe('SPEC V1: building against the public actool 0.8.11', { skip }, () => {
  let directory = ''
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'appc-oracle-'))
    for (const [index, one] of LAYOUTS.entries()) makeLayout(join(directory, `${index}`), one)
  })
  after(() => rm(directory, { recursive: true, force: true }))

  for (const [index, { name }] of LAYOUTS.entries()) {
    test(`${name}: the same exit status, and each accepts what the other made`, () => {
      const layout = join(directory, `${index}`)
      const made = [appc, actool].map((program, which) => {
        const file = join(directory, `${index}-${which}.aci`)
        const { status, stderr } = run(program, 'build', layout, file)
        assert.equal(status === 0, existsSync(file), `exit ${status}, and the file: ${stderr}`)
        return { file, status: status ?? 'killed', stderr }
      })
      const [our, their] = made
      assert.ok(our && their)
      const row = IMAGE_DIFFERENCES.find(({ cases }) => cases.test(name))
      if (row !== undefined) assert.notEqual(our.status, their.status)
      else assert.equal(our.status, their.status, `${our.stderr}${their.stderr}`)
      if (our.status === 0) assert.deepEqual(run(actool, 'validate', our.file), { status: 0, stderr: '' })
      if (their.status === 0 && row === undefined) assert.equal(run(appc, 'validate', their.file).status, 0)
    })
  }

  test('both images of a layout hold the same entries', () => {
    const index = LAYOUTS.findIndex(({ name }) => name === 'layout with files')
    const lists = [appc, actool].map((program) => {
      const file = join(directory, `entries-${program === appc ? 'our' : 'their'}.aci`)
      assert.equal(run(program, 'build', join(directory, `${index}`), file).status, 0)
      const listed = spawnSync('tar', ['-tf', file], { encoding: 'utf8' })
      assert.equal(listed.status, 0, listed.stderr)
      return listed.stdout
        .split('\n')
        .map((line) => line.replace(/\/$/, ''))
        .sort()
    })
    assert.deepEqual(lists[0], lists[1])
  })

  for (const [what, words] of [
    ['no such layout', (file: string) => ['/nonexistent/layout', file]],
    ['no such directory for the target', () => ['LAYOUT', '/nonexistent/a.aci']],
    ['--overwrite', (file: string) => ['--overwrite', 'LAYOUT', file]],
    ['-overwrite', (file: string) => ['-overwrite', 'LAYOUT', file]],
    ['--no-compression', (file: string) => ['--no-compression', 'LAYOUT', file]],
    ['--owner-root', (file: string) => ['--owner-root', 'LAYOUT', file]],
  ] as const) {
    test(`${what}: the same exit status and the same file there`, () => {
      const results = [appc, actool].map((program, which) => {
        const file = join(directory, `words-${which}.aci`)
        const given = words(file).map((word) => (word === 'LAYOUT' ? join(directory, '0') : word))
        const { status } = run(program, 'build', ...given)
        return { status, exists: existsSync(file) }
      })
      assert.deepEqual(results[0], results[1])
    })
  }

  for (const [what, words] of [
    ['build of three words', (layout: string) => ['build', layout, join(directory, 'three.aci'), 'third']],
    ['build of none', () => ['build']],
    ['build without a target', (layout: string) => ['build', layout]],
    ['build of another extension', (layout: string) => ['build', layout, join(directory, 'other.tar')]],
    ['validate of no file', () => ['validate']],
  ] as const) {
    test(`${what} is a usage error, as everywhere in appc: 2 where actool says 1`, () => {
      const before = readdirSync(directory)
      const given = words(join(directory, '0'))
      assert.deepEqual([run(appc, ...given).status, run(actool, ...given).status], [2, 1])
      assert.deepEqual(readdirSync(directory), before)
    })
  }

  test('an existing target stays as it is without --overwrite', () => {
    for (const program of [appc, actool]) {
      const file = join(directory, 'existing.aci')
      writeFileSync(file, 'precious')
      const { status, stderr } = run(program, 'build', join(directory, '0'), file)
      assert.deepEqual([status, stderr], [1, 'build: Target file exists (try --overwrite)\n'])
      assert.equal(readFileSync(file, 'utf8'), 'precious')
    }
  })

  test('--no-compression: a tar; without it the same tar, gzipped', () => {
    const [plain, zipped] = [join(directory, 'plain.aci'), join(directory, 'zipped.aci')]
    assert.equal(run(appc, 'build', '--no-compression', join(directory, '1'), plain).status, 0)
    assert.equal(run(appc, 'build', join(directory, '1'), zipped).status, 0)
    assert.deepEqual(gunzipSync(readFileSync(zipped)), readFileSync(plain))
    assert.ok(statSync(plain).size > 0)
  })

  test('nothing half-made is left behind', () => {
    const kept = readdirSync(directory).filter((name) => !/^(\d+|[\w-]+\.(aci|tar))$/.test(name))
    assert.deepEqual(kept, [])
  })
})
