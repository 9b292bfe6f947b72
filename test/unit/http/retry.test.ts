import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { TransferError } from '../../../stage0/http/failure.js'
import { retry } from '../../../stage0/http/retry.js'

const trouble = (retryAfter = 0): TransferError =>
  new TransferError('DOWNLOAD_FAILED', 'trouble', { transient: true, retryAfter })

/** Runs everything that can continue without the clock. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * An operation that fails a number of times, and the times of its attempts in ms from the first
 * one.
 */
function failing(t: TestContext, ...errors: readonly Error[]): { once: () => Promise<string>; at: number[] } {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const at: number[] = []
  const once = (): Promise<string> => {
    at.push(Date.now())
    const error = errors[at.length - 1]
    return error === undefined ? Promise.resolve('done') : Promise.reject(error)
  }
  return { once, at }
}

async function pass(t: TestContext, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 100) {
    t.mock.timers.tick(100)
    await settle()
  }
}

test('three further tries, each later than the one before', async (t) => {
  const { once, at } = failing(t, trouble(), trouble(), trouble())
  const done = retry({}, once)
  await settle()
  await pass(t, 10_000)
  assert.equal(await done, 'done')
  assert.deepEqual(at, [0, 500, 2000, 6500])
})

test('not more', async (t) => {
  const { once, at } = failing(t, ...Array.from({ length: 9 }, () => trouble()))
  const refused = assert.rejects(retry({}, once), { message: 'trouble' })
  await settle()
  await pass(t, 60_000)
  await refused
  assert.equal(at.length, 4)
})

test('a server that asks for more patience is given it', async (t) => {
  const { once, at } = failing(t, trouble(3000), trouble(100))
  const done = retry({}, once)
  await settle()
  await pass(t, 10_000)
  assert.equal(await done, 'done')
  assert.deepEqual(at, [0, 3000, 4500])
})

test('a try that brought much does not count', async (t) => {
  const { once, at } = failing(t, ...Array.from({ length: 9 }, () => trouble()))
  const done = retry({}, once, () => true)
  await settle()
  await pass(t, 10_000)
  assert.equal(await done, 'done')
  assert.equal(at.length, 10)
})

test('what trying again would not mend is not tried again', async () => {
  for (const error of [
    new TransferError('DOWNLOAD_FAILED', 'for good'),
    new RuntimeError('INSECURE_URL', 'no'),
    new Error('bug'),
  ]) {
    let tries = 0
    const once = (): Promise<never> => {
      tries++
      return Promise.reject(error)
    }
    await assert.rejects(retry({ retryDelays: [0, 0] }, once), error)
    assert.equal(tries, 1)
  }
})
