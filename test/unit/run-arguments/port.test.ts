import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePort } from '../../../stage0/cli/run-arguments/port.js'

describe('--port=NAME:[IP:]PORT', () => {
  for (const [text, expected] of [
    ['http:80', { name: 'http', hostPort: 80 }],
    ['http:65535', { name: 'http', hostPort: 65535 }],
    ['http:127.0.0.1:80', { name: 'http', hostIP: '127.0.0.1', hostPort: 80 }],
    ['http:[2001:DB8:0:0::1]:80', { name: 'http', hostIP: '2001:db8::1', hostPort: 80 }],
    ['http:[::]:80', { name: 'http', hostIP: '::', hostPort: 80 }],
  ] as const) {
    test(text, () => assert.deepEqual(parsePort('port', text), expected))
  }

  for (const text of [
    '',
    'http',
    'http:',
    ':80',
    'http:0',
    'http:70000',
    'http:080',
    'http:-1',
    'http:8e1',
    'http:80 ',
    'HTTP:80',
    'ht tp:80',
    'http::80',
    'http:::1:80',
    'http:[]:80',
    'http:[::1:80',
    'http:[fe80::1%eth0]:80',
    'http:[::1]x:80',
    'http:256.0.0.1:80',
    'http:127.1:80',
    'http:0x7f000001:80',
    'http:localhost:80',
    'http:127.0.0.1 }; flush ruleset; {:80',
    `${'x'.repeat(300)}:${'9'.repeat(300)}`,
  ]) {
    test(`refused: ${text.slice(0, 60)}`, () => {
      assert.throws(() => parsePort('port', text), { code: 'USAGE' })
    })
  }
})
