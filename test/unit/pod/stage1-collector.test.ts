import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { GCRequest } from '#schema/stage1.js'
import { Stage1Collector } from '../../../stage0/pod/stage1-collector.js'
import { scratch } from '../../helpers/scratch.js'

/** A stage1 launcher: a shell script, which gets the requests on its standard input. */
function launcher(t: TestContext, script: string): string {
  const path = join(scratch(t), 'stage1')
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return path
}

const request = (uuid: string): GCRequest => ({ uuid, id: uuid, directory: `/pods/${uuid}`, idInUse: false })

test('one stage1 gets all pods, and each answer is that of its request', async (t) => {
  const collector = new Stage1Collector(
    launcher(t, 'n=0; while read -r line; do n=$((n + 1)); echo "{\\"warnings\\": [\\"$1 $n\\"]}"; done'),
  )
  const answers = await Promise.all(['a', 'b', 'c'].map((uuid) => collector.collect(request(uuid))))
  assert.deepEqual(answers, [['gc 1'], ['gc 2'], ['gc 3']])
  await collector.end()
})

test('a failure is that of one pod, with its code', async (t) => {
  const failure = '{"failure": {"code": "SYSTEMD", "message": "no bus"}}'
  const collector = new Stage1Collector(
    launcher(t, `read -r line; echo '${failure}'; read -r line; echo '{"warnings": []}'; read -r line`),
  )
  await assert.rejects(collector.collect(request('a')), { code: 'SYSTEMD', message: 'a: no bus' })
  assert.deepEqual(await collector.collect(request('b')), [])
  await collector.end()
})

for (const [what, script, message] of [
  ['ends', 'echo why >&2; exit 3', /^a: stage1 gc ended with 3$/],
  ['is killed', 'read -r line; kill -KILL $$', /^a: stage1 gc ended with SIGKILL$/],
  ['writes rubbish', 'read -r line; echo rubbish; read -r line', /^a: stage1 gc ended with nothing$/],
] as const) {
  test(`a stage1 that ${what} fails the request and each later one`, async (t) => {
    const collector = new Stage1Collector(launcher(t, script))
    await assert.rejects(collector.collect(request('a')), { code: 'INTERNAL', message })
    const later = collector.collect(request('b'))
    await Promise.all([assert.rejects(later, { code: 'INTERNAL' }), collector.end()])
  })
}

test('a stage1 that cannot be executed fails the request', async (t) => {
  const collector = new Stage1Collector(join(scratch(t), 'missing'))
  await assert.rejects(collector.collect(request('a')), { code: 'ENOENT' })
  await collector.end()
})
