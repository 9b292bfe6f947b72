import { strict as assert } from 'node:assert'
import { test, type TestContext } from 'node:test'
import { stopOnSignal } from '../../../stage1/stop-on-signal.js'

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** What is asked for when these signals come. */
function askedAfter(t: TestContext, ...signals: readonly Signal[]): readonly string[] {
  const asked: string[] = []
  const ask = (what: string) => () => {
    asked.push(what)
    return Promise.reject(new Error('the pod is gone'))
  }
  const before = new Map(
    (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => [signal, process.listeners(signal)]),
  )
  t.after(() => {
    for (const [signal, kept] of before) {
      for (const listener of process.listeners(signal)) if (!kept.includes(listener)) process.off(signal, listener)
    }
  })
  stopOnSignal({ stop: ask('stop'), kill: ask('kill') })
  for (const signal of signals) process.emit(signal)
  return asked
}

for (const [signals, asked] of [
  [['SIGINT'], ['stop']],
  [['SIGTERM'], ['stop']],
  [['SIGHUP'], ['stop']],
  [
    ['SIGINT', 'SIGINT'],
    ['stop', 'kill'],
  ],
  [
    ['SIGTERM', 'SIGINT'],
    ['stop', 'kill'],
  ],
  [['SIGINT', 'SIGTERM'], ['stop']],
  [['SIGTERM', 'SIGTERM'], ['stop']],
  [['SIGHUP', 'SIGHUP'], ['stop']],
] as const) {
  test(`${signals.join(', then ')}: ${asked.join(', then ')}`, (t) =>
    assert.deepEqual(askedAfter(t, ...signals), asked))
}
