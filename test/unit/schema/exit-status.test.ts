import { strict as assert } from 'node:assert'
import { constants } from 'node:os'
import { describe, test } from 'node:test'
import { parseExit } from '#schema/exit-record.js'
import { exitSignal, exitStatus } from '#schema/exit-status.js'
import { signalNumber } from '#schema/signal-number.js'
import type { AppExit } from '#schema/status.js'

const exit = (fields: Partial<AppExit>): AppExit => ({
  code: 'exited',
  status: 0,
  result: 'success',
  finishedAt: '1700000000123456789',
  monotonic: '1',
  ...fields,
})

/**
 * systemd's name of a signal in $EXIT_STATUS; signals reserved by the C library have only a number.
 */
function nameOf(number: number): string | number {
  if (number >= 34) return `RTMIN+${number - 34}`
  const known = Object.entries(constants.signals).find(([, value]) => value === number)
  return known === undefined ? number : known[0].slice('SIG'.length)
}

describe('the exit status of an app', () => {
  test('is its program’s own', () => {
    for (const status of [0, 1, 7, 254, 255]) assert.equal(exitStatus(exit({ status })), status)
    assert.equal(exitSignal(exit({ status: 7 })), null)
  })

  test('is 128 and the number of the signal, of each of the 64, with a dump or without', () => {
    for (let number = 1; number <= 64; number += 1) {
      for (const code of ['killed', 'dumped'] as const) {
        assert.equal(exitStatus(exit({ code, status: nameOf(number) })), 128 + number, String(nameOf(number)))
      }
    }
  })

  test('of a program that never ran is its pre-start handler’s, or a failure of ours', () => {
    assert.equal(exitStatus(exit({ code: null, status: null, preStart: 9 })), 9)
    assert.equal(exitStatus(exit({ code: null, status: null, result: 'exit-code' })), 254)
    assert.equal(exitStatus(exit({ code: null, status: null })), 0)
  })
})

test('every signal that Node knows has its number, by systemd’s name for it', () => {
  // old second names of signals on Linux
  const others = ['SIGIOT', 'SIGPOLL', 'SIGUNUSED', 'SIGCLD']
  for (const [name, number] of Object.entries(constants.signals)) {
    if (!others.includes(name)) assert.equal(signalNumber(name.slice('SIG'.length)), number, name)
  }
})

test('a signal is named as kill(1) takes it', () => {
  assert.equal(exitSignal(exit({ code: 'killed', status: 'RTMIN+3' })), 'SIGRTMIN+3')
  assert.equal(exitSignal(exit({ code: 'dumped', status: 'SEGV' })), 'SIGSEGV')
  assert.equal(exitSignal(exit({ code: 'killed', status: 33 })), '33')
  assert.equal(exitSignal(exit({ code: 'killed', status: 9 })), 'SIGKILL')
  assert.equal(exitSignal(exit({ code: 'killed', status: 37 })), 'SIGRTMIN+3')
})

describe('a record of an end', () => {
  test('is read as it was written', () => {
    for (const record of [
      exit({}),
      exit({ code: 'killed', status: 'TERM', result: 'signal' }),
      exit({ code: 'killed', status: 32, result: 'signal' }),
      exit({ code: null, status: null, result: 'exit-code', preStart: 3 }),
    ]) {
      assert.deepEqual(parseExit(`${JSON.stringify(record)}\n`), record)
    }
  })

  const whole = JSON.stringify(exit({ code: 'killed', status: 'TERM' }))
  for (const [what, text] of [
    ['nothing', ''],
    ['the room that is kept for it', ' '.repeat(1024)],
    ['zeros', '\0'.repeat(200)],
    ['half of one', whole.slice(0, 40)],
    ['one and more', `${whole}${whole}`],
    ['null', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['a status that no program has', JSON.stringify(exit({ status: 256 }))],
    ['a status of no number', JSON.stringify(exit({ status: '7' }))],
    ['a broken status', JSON.stringify(exit({ status: 1.5 }))],
    ['a signal that is none', JSON.stringify(exit({ code: 'killed', status: 'NONE' }))],
    ['a real-time signal beyond the last', JSON.stringify(exit({ code: 'killed', status: 'RTMIN+31' }))],
    ['a signal without a name', JSON.stringify(exit({ code: 'killed', status: null }))],
    ['signal 0', JSON.stringify(exit({ code: 'dumped', status: 0 }))],
    ['an end without a program', JSON.stringify(exit({ code: null, status: 0 }))],
    ['a time that is none', JSON.stringify(exit({ monotonic: 'soon' }))],
    ['a handler’s status that no program has', JSON.stringify(exit({ code: null, status: null, preStart: -1 }))],
  ] as const) {
    test(`is none where there is ${what}`, () => assert.equal(parseExit(text), null))
  }
})
