import assert from 'node:assert/strict'
import { closeSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { native } from '#native'
import { hostileImage } from '../helpers/escapes/image.js'
import { noPods, podHost, type Watched } from '../helpers/pods.js'

// more than the number of places on any test machine
const PLACES = Array.from({ length: 256 }, (_, index) => `/run/appc/starting/${index}`)

describe('while many others start a pod', { skip: noPods }, () => {
  const host = podHost()
  const image = hostileImage(host.scratch, { app: { exec: ['/bin/sh', '-c', 'echo ready'] } })
  before(() => host.ok(['fetch', image]))

  /** Acquires all turns. Returns a function that releases them. */
  function takeAllTurns(t: TestContext): () => void {
    for (const place of PLACES) mkdirSync(place, { recursive: true })
    const locks = PLACES.map((place) => native.tryLock(place, 'exclusive'))
    let end = (): void => {
      for (const lock of locks) if (lock !== null) closeSync(lock)
      end = () => undefined
    }
    t.after(() => end())
    return () => end()
  }

  /** Starts a pod, and returns it when it waits for a turn. */
  async function startWaiting(): Promise<Watched> {
    const running = host.start(['run', image])
    const waits = () => readdirSync(`/proc/${running.pid}/task`).some((task) => isLocking(running.pid, task))
    while (!waits()) await setImmediate()
    return running
  }

  const pods = (): string[] =>
    ['prepared', 'run'].flatMap((state) => {
      const path = join(host.dir.root, 'pods', state)
      return existsSync(path) ? readdirSync(path) : []
    })

  test('a pod waits, before its directory is created, until one of them has started', async (t) => {
    const end = takeAllTurns(t)
    const running = await startWaiting()
    assert.deepEqual(pods(), [])
    end()
    assert.equal((await running.ended).stdout, 'ready\n')
  })

  test('a pod starts even if none of them ever does', async (t) => {
    const end = takeAllTurns(t)
    assert.equal((await host.run(image)).stdout, 'ready\n')
    end()
  })

  test('the turn of a pod ends when it has started, and with kill -9 before that', async () => {
    const free = (): boolean =>
      PLACES.filter((place) => existsSync(place)).every((place) => {
        const lock = native.tryLock(place, 'exclusive')
        if (lock !== null) closeSync(lock)
        return lock !== null
      })
    const running = host.start(['run', image, '--exec=/bin/sh', '--', '-c', 'echo ready; exec sleep 1000'])
    await running.shows('ready')
    while (!free()) await setImmediate()
    running.kill('SIGINT')
    await running.ended
    const killed = host.start(['run', image])
    while (free() && pods().length === 0) await setImmediate()
    killed.kill('SIGKILL')
    await killed.ended
    assert.equal(free(), true)
  })

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    test(`${signal} to a waiting pod leaves nothing`, async (t) => {
      const before = pods()
      takeAllTurns(t)
      const running = await startWaiting()
      running.kill(signal)
      await running.ended
      assert.deepEqual(pods(), before)
    })
  }
})

/** Tells whether a thread waits in flock(2), system call 73. */
function isLocking(pid: number, task: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/task/${task}/syscall`, 'utf8').startsWith('73 ')
  } catch {
    return false
  }
}
