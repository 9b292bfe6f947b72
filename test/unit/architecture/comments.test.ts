import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../../..')

/** Files of the project in these languages. */
const sources = (...patterns: readonly string[]): readonly string[] =>
  execFileSync('git', ['ls-files', '--', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .trim()
    .split('\n')

/** The lines of a file that are comments only, with their numbers. */
const commentLines = (path: string): readonly (readonly [number, string])[] =>
  readFileSync(join(ROOT, path), 'utf8')
    .split('\n')
    .map((line, index) => [index + 1, line] as const)
    .filter(([, line]) => /^\s*(\/\/|\/?\*)/.test(line))

const sourceFiles = sources('*.ts', '*.js', '*.rs')

test('there are comments to look at', () => {
  assert.ok(sourceFiles.flatMap(commentLines).length > 3000)
})

test('a comment line has at most 100 columns', () => {
  const wide = sourceFiles.flatMap((path) =>
    commentLines(path).flatMap(([number, line]) => (line.length > 100 ? [`${path}:${number}`] : [])),
  )
  assert.deepEqual(wide, [])
})

test('documented errors have one form: Errors: CODE …', () => {
  const other = sources('stage0/*.ts', 'stage1/*.ts').flatMap((path) =>
    commentLines(path).flatMap(([number, line]) => (/@throws|\bThrows\b/.test(line) ? [`${path}:${number}`] : [])),
  )
  assert.deepEqual(other, [])
})
