import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncOptions, type SpawnSyncReturns } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { native } from '#native'

/** The kilobytes of file mappings in the memory of this process. */
const fileKilobytes = (): number =>
  Number(/^RssFile:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])

test('giveBack: the runtime takes less memory, and runs on', () => {
  const before = fileKilobytes()
  native.giveBack()
  const after = fileKilobytes()
  assert.ok(after < before / 2, `${after} kB of ${before} kB`)
  assert.deepEqual(JSON.parse('{"a":[1,2]}'), { a: [1, 2] })
})

const ADDON = JSON.stringify(fileURLToPath(import.meta.resolve('#native')))

/** Runs a program with the addon as `native`. */
const bun = (program: string, options: SpawnSyncOptions = {}): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, ['--eval', `const { native } = await import(${ADDON})\n${program}`], {
    ...options,
    encoding: 'utf8',
  })

test('exit: the status is passed on, all output is written, and no more of the program runs', () => {
  const { status, stdout } = bun(`
    process.stdout.write('before')
    process.on('exit', () => process.stdout.write('never'))
    native.exit(7)
    process.stdout.write('never')`)
  assert.deepEqual({ status, stdout }, { status: 7, stdout: 'before' })
})

test('execute: another program with these words, streams, environment and directory, and no signal ignored', () => {
  const script = 'cat; echo "$0 $1 $A $B" >&2; pwd; grep SigIgn /proc/self/status; exit 5'
  const { status, stdout, stderr } = bun(
    `process.chdir('/usr')
    native.execute('/bin/sh', ['sh', '-c', ${JSON.stringify(script)}, 'zero', 'one two'])`,
    { input: 'in\n', env: { ...process.env, A: 'given', B: 'too' } },
  )
  assert.deepEqual(
    { status, stdout, stderr },
    { status: 5, stdout: 'in\n/usr\nSigIgn:\t0000000000000000\n', stderr: 'zero one two given too\n' },
  )
})

test('execute: a missing program is an error, and this program runs on', () => {
  const { status, stdout } = bun(`
    try {
      native.execute('/nowhere/program', ['program'])
    } catch ({ code, message }) {
      console.log(code, message)
    }`)
  assert.deepEqual(
    { status, stdout },
    { status: 0, stdout: 'ENOENT /nowhere/program: executing: no such file or directory\n' },
  )
})
