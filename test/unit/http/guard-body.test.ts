import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { test, type TestContext } from 'node:test'
import { guardBody } from '../../../stage0/http/guard-body.js'

/** The parts of a response that are used, with a stopped clock. */
function answer(t: TestContext): {
  response: IncomingMessage & { readableLength: number; complete: boolean; socket: { bytesRead: number } }
  verdict: () => string | undefined
  pass: (bytes: number) => void
} {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let verdict: string | undefined
  const response = Object.assign(new EventEmitter(), {
    socket: { bytesRead: 0 },
    readableLength: 0,
    complete: false,
    destroy: (error: Error) => (verdict = error.message),
  }) as unknown as ReturnType<typeof answer>['response']
  guardBody(new URL('https://example.com/a.aci'), response, 60_000)
  return {
    response,
    verdict: () => verdict,
    pass: (bytes) => {
      response.socket.bytesRead += bytes
      t.mock.timers.tick(60_000)
    },
  }
}

test('a body that comes steadily is left alone, however slow', (t) => {
  const { pass, verdict } = answer(t)
  for (let minute = 0; minute < 100; minute++) pass(4096)
  assert.equal(verdict(), undefined)
})

test('a server that drips is given up', (t) => {
  const { pass, verdict } = answer(t)
  pass(1_000_000)
  pass(60)
  assert.equal(verdict(), 'https://example.com/a.aci: timed out: 60 bytes in 60 s')
})

test('a slow reader is not the server’s fault', (t) => {
  const { response, pass, verdict } = answer(t)
  response.readableLength = 65536
  pass(0)
  assert.equal(verdict(), undefined)
  response.readableLength = 0
  pass(0)
  assert.match(verdict() ?? '', /timed out: 0 bytes/)
})

test('an answer that is over is not watched any more', (t) => {
  const { response, pass, verdict } = answer(t)
  response.emit('close')
  pass(0)
  assert.equal(verdict(), undefined)
})
