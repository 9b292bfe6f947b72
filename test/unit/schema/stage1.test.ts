import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatAnswer, parseAnswer } from '#schema/stage1.js'

describe('the answer of a verb of stage1', () => {
  for (const answer of [
    { warnings: [] },
    { warnings: ['app one: did not end within 10 s after SIGTERM: killed', 'two\nlines'] },
    { failure: { code: 'SYSTEMD', message: 'systemd: does not answer', hint: 'systemctl is-system-running' } },
    { failure: { code: 'POD_STATE', message: '' } },
  ] as const) {
    test(`${JSON.stringify(answer)} comes back as it was given`, () => {
      assert.deepEqual(parseAnswer(formatAnswer(answer)), answer)
    })
  }

  for (const text of [
    '',
    'appc: something',
    '{"warnings":',
    'null',
    '[]',
    '{}',
    '{"warnings":[1]}',
    '{"failure":{"code":"NO_SUCH_CODE","message":"x"}}',
    '{"failure":{"code":"toString","message":"x"}}',
    '{"failure":{"code":"SYSTEMD"}}',
    '{"failure":{"code":"SYSTEMD","message":"x","hint":1}}',
  ]) {
    test(`${text || 'nothing'}: is none`, () => {
      assert.equal(parseAnswer(text), null)
    })
  }
})
