import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { outputOf } from '../../../stage1/journal/output.js'

const output = (...entries: { message: string; priority?: number; lineBreak?: string }[]) =>
  outputOf(entries.map(({ message, ...rest }) => ({ message: Buffer.from(message), ...rest }))).map(
    ({ stream, bytes }) => [stream, bytes.toString()],
  )

test('an entry becomes the bytes that were written, on the stream they were written to', () => {
  assert.deepEqual(output({ message: 'x', priority: 6 }), [['stdout', 'x\n']])
  assert.deepEqual(output({ message: 'x', priority: 3 }), [['stderr', 'x\n']])
  assert.deepEqual(output({ message: 'x' }), [['stdout', 'x\n']])
  assert.deepEqual(output({ message: 'x', priority: 6, lineBreak: 'nul' }), [['stdout', 'x\0']])
  for (const lineBreak of ['eof', 'line-max', 'pid-change']) {
    assert.deepEqual(output({ message: 'x', priority: 6, lineBreak }), [['stdout', 'x']])
  }
})

test('what follows each other on one stream is one piece, and the order of the streams is kept', () => {
  assert.deepEqual(
    output(
      { message: 'a', priority: 6, lineBreak: 'line-max' },
      { message: 'b', priority: 6 },
      { message: 'c', priority: 3 },
      { message: 'd', priority: 6 },
    ),
    [
      ['stdout', 'ab\n'],
      ['stderr', 'c\n'],
      ['stdout', 'd\n'],
    ],
  )
  assert.deepEqual(output(), [])
})
