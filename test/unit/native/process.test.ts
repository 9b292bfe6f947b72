import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { native } from '#native'

/** Kilobytes of files that this process has in memory. */
const fileKilobytes = (): number =>
  Number(/^RssFile:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])

test("giveBack: Node's program takes less memory, and goes on", () => {
  const before = fileKilobytes()
  native.giveBack()
  const after = fileKilobytes()
  assert.ok(after < before / 2, `${after} kB of ${before} kB`)
  assert.deepEqual(JSON.parse('{"a":[1,2]}'), { a: [1, 2] })
})

test('exit: the status is told, what was written is out, and no more of the program is run', () => {
  const addon = fileURLToPath(import.meta.resolve('#native'))
  const program = `
    const { native } = await import(${JSON.stringify(addon)})
    process.stdout.write('before')
    process.on('exit', () => process.stdout.write('never'))
    native.exit(7)
    process.stdout.write('never')`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  assert.deepEqual({ status, stdout }, { status: 7, stdout: 'before' })
})
