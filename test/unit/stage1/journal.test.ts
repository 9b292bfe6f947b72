import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ExportReader } from '../../../stage1/journal/export-format.js'
import { outputOf } from '../../../stage1/journal/output.js'

const binary = (name: string, value: Buffer): Buffer => {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(value.length))
  return Buffer.concat([Buffer.from(`${name}\n`), size, value, Buffer.from('\n')])
}

const EXPORT = Buffer.concat([
  Buffer.from('__CURSOR=s=1\nMESSAGE=a=b\nPRIORITY=6\n\n'),
  Buffer.from('__CURSOR=s=2\n'),
  binary('MESSAGE', Buffer.from('two\n\nlines')),
  Buffer.from('PRIORITY=3\n_LINE_BREAK=eof\n\n'),
])

test('the export format is read the same wherever it is cut', () => {
  for (let size = 1; size <= EXPORT.length; size += 1) {
    const reader = new ExportReader()
    const entries = []
    for (let at = 0; at < EXPORT.length; at += size) entries.push(...reader.push(EXPORT.subarray(at, at + size)))
    assert.deepEqual(
      entries.map((entry) => [entry.get('__CURSOR')?.toString(), entry.get('MESSAGE')?.toString()]),
      [
        ['s=1', 'a=b'],
        ['s=2', 'two\n\nlines'],
      ],
      `in pieces of ${size}`,
    )
  }
})

test('an entry becomes the bytes that were written, on the stream they were written to', () => {
  const output = (fields: Record<string, string>) => {
    const { stream, bytes } = outputOf(
      new Map(Object.entries(fields).map(([name, value]) => [name, Buffer.from(value)])),
    )
    return [stream, bytes.toString()]
  }
  assert.deepEqual(output({ MESSAGE: 'x', PRIORITY: '6' }), ['stdout', 'x\n'])
  assert.deepEqual(output({ MESSAGE: 'x', PRIORITY: '3' }), ['stderr', 'x\n'])
  assert.deepEqual(output({ MESSAGE: 'x', PRIORITY: '6', _LINE_BREAK: 'nul' }), ['stdout', 'x\0'])
  for (const end of ['eof', 'line-max', 'pid-change']) {
    assert.deepEqual(output({ MESSAGE: 'x', PRIORITY: '6', _LINE_BREAK: end }), ['stdout', 'x'])
  }
})
