import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { APPC, appc } from '../../helpers/run-cli.js'

/** A shell can pass bytes that a JavaScript string cannot contain. */
const shell = (script: string, ...words: string[]) => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, APPC, ...words], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('an argument that is not UTF-8 is refused', () => {
  const { status, stdout, stderr } = shell(`exec "$0" validate $'a\\xff'`)
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(stderr, /^appc: a\ufffd: an argument is not UTF-8\nhint: /)
})

test('the replacement character itself is a valid argument', () => {
  const { stderr } = shell(`exec "$0" validate $'a\\xef\\xbf\\xbd'`)
  assert.equal(stderr, 'unable to access a\ufffd: stat a\ufffd: no such file or directory\n')
})

test('an inherited variable that is not UTF-8 is refused and named', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t)
  const { status, stderr } = shell(`GOOD=1 BAD=$'\\xfe' exec "$0" --dir="$1" run --inherit-env x.aci`, dir)
  assert.equal(stderr, 'appc: --inherit-env: BAD: its value is not UTF-8\nhint: unset BAD\n')
  assert.equal(status, 2)
  // without --inherit-env the variable is not checked
  assert.match(shell(`BAD=$'\\xfe' exec "$0" --dir="$1" run x.aci`, dir).stderr, /^appc: x\.aci: no such file/)
})

test('an environment file that is not UTF-8 is refused', { skip: needsRoot }, async (t) => {
  const dir = temporaryDirectory(t)
  const file = join(dir, 'env')
  writeFileSync(file, Buffer.from('A=\xff\n', 'latin1'))
  const { status, stderr } = await appc([`--dir=${dir}`, 'run', `--set-env-file=${file}`, 'x.aci'])
  assert.deepEqual([status, stderr], [2, `appc: ${file}: is not UTF-8\nhint: appc run --help\n`])
})
