import { strict as assert } from 'node:assert'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { POD_DIR } from '#schema/pod-dir.js'
import type { AppExit } from '#schema/status.js'
import { endingsOf } from '../../../stage1/endings.js'
import { verdict } from '../../../stage1/verdict.js'
import { factsOf } from './facts.js'

const spec = factsOf({ one: {}, two: {} }).spec

/** Changes to a pod directory with these files. */
function podDirectory(t: TestContext, files: Readonly<Record<string, string>>): void {
  const [before, directory] = [process.cwd(), mkdtempSync(join(tmpdir(), 'appc-verdict-'))]
  mkdirSync(join(directory, POD_DIR.status))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
  process.chdir(directory)
  t.after(() => {
    process.chdir(before)
    rmSync(directory, { recursive: true })
  })
}

const record = (fields: Partial<AppExit> = {}): string =>
  JSON.stringify({ code: 'exited', status: 0, result: 'success', finishedAt: '1', monotonic: '1', ...fields })

const RAN = { [POD_DIR.pid]: '7', [POD_DIR.started('one')]: '', [POD_DIR.started('two')]: '' }
const judge = () =>
  verdict(
    spec,
    endingsOf(spec, () => undefined),
  )

for (const [what, text] of [
  ['missing', undefined],
  ['empty', ''],
  ['only the room for it', ' '.repeat(1024)],
  ['half of one', record().slice(0, 30)],
] as const) {
  test(`a record that is ${what} is no success`, (t) => {
    podDirectory(t, {
      ...RAN,
      [POD_DIR.exited('one')]: record(),
      ...(text !== undefined && { [POD_DIR.exited('two')]: text }),
    })
    assert.throws(judge, { code: 'END_UNKNOWN', message: /^app two: how it ended is not known/ })
  })
}

test('the failure of another app is reported where the end of one app is not known', (t) => {
  podDirectory(t, { ...RAN, [POD_DIR.exited('one')]: record({ status: 3, result: 'exit-code' }) })
  assert.equal(judge(), 3)
})

test('all ended well', (t) => {
  podDirectory(t, { ...RAN, [POD_DIR.exited('one')]: record(), [POD_DIR.exited('two')]: record() })
  assert.equal(judge(), 0)
})

test('the end that systemd reported becomes the missing record', (t) => {
  podDirectory(t, { ...RAN, [POD_DIR.exited('one')]: record() })
  const told = endingsOf(spec, () => ({ code: 3, status: 11, result: 'core-dump' }))
  assert.equal(verdict(spec, told), 139)
  assert.equal(judge(), 139)
})
