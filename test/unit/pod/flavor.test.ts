import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { POD_DIR } from '#schema/pod-dir.js'
import { stage1Program } from '../../../stage0/pod/handoff.js'
import { scratch } from '../../helpers/scratch.js'

const UUID = '12345678-1234-4234-8234-123456789abc'

for (const [spec, verdict] of [
  ['{}', /\/stage1$/],
  ['{"flavor": "systemd"}', /\/stage1$/],
  ['{"flavor": "fly"}', null],
  ['{"flavor": "toString"}', null],
  ['{"flavor": "../../bin/sh"}', null],
] as const) {
  test(`the run spec ${spec} names ${verdict === null ? 'no flavor of this appc' : 'the launcher of systemd'}`, (t) => {
    const directory = scratch(t)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, POD_DIR.runSpec), spec)
    const pod = { uuid: UUID, directory, place: 'run' } as const
    if (verdict === null) assert.throws(() => stage1Program(pod), { code: 'POD_STATE', message: /stage1 flavor/ })
    else assert.match(stage1Program(pod), verdict)
  })
}
