import { strict as assert } from 'node:assert'
import { test, type TestContext } from 'node:test'
import { stopOnSignal } from '../../../stage1/stop-on-signal.js'

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** The expected requests after these signals. */
function requestsAfter(t: TestContext, ...signals: readonly Signal[]): readonly string[] {
  const requests: string[] = []
  const ask = (what: string) => () => {
    requests.push(what)
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
  return requests
}

for (const [signals, requests] of [
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
  test(`${signals.join(', then ')}: ${requests.join(', then ')}`, (t) =>
    assert.deepEqual(requestsAfter(t, ...signals), requests))
}
