import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { PLACES } from '../../stage0/data-dir.js'
import { scan } from '../../stage0/pod/pod.js'
import { noPods, podHost } from '../helpers/pods.js'
import { APPC } from '../helpers/run-cli.js'
import { mainThreadCalls } from '../helpers/system-calls.js'
import { loadedUnits } from '../helpers/systemd.js'

/** A system call of `appc run`: the n-th call with its name. */
interface Moment {
  readonly call: string
  readonly when: number
  /** A description for the test name. */
  readonly about: string
}

/** The calls that leave something behind, or that send to systemd. */
const CALLS = 'mkdir,rename,openat,flock,execve,chdir,dup3,connect,write,writev,sendmsg,close,epoll_pwait'
/** The maximum number of tested moments: testing all calls would take too long. */
const MAX_MOMENTS = 40

const noStrace = existsSync('/usr/bin/strace') ? noPods : 'needs strace'

describe('kill -9 of appc run at any moment', { skip: noStrace }, () => {
  const host = podHost()

  test('list, rm and gc report the right state and remove everything', async (t) => {
    const image = await host.ok(['fetch', host.image()])
    const words = [APPC, `--dir=${host.dir.root}`, 'run', '--pod-name=crashed', image, '--exec=/bin/sleep', '--', '0.2']
    const moments = pick(momentsOf(words, join(host.scratch, 'trace'), host.dir.root))
    assert.ok(moments.length >= 20, `only ${moments.length} moments`)
    await host.ok(['gc', '--grace-period=0'])
    let killed = 0
    for (const { call, when, about } of moments) {
      await t.test(`${call} ${when} (${about})`, async () => {
        const inject = [
          '-f',
          '-q',
          '-o',
          '/dev/null',
          '-e',
          `trace=${call}`,
          '-e',
          `inject=${call}:signal=KILL:when=${when}`,
        ]
        const ended = spawnSync('strace', [...inject, ...words], { encoding: 'utf8' })
        if (ended.signal === 'SIGKILL' || ended.status === 137) killed++
        const pods = await host.list()
        assert.ok(pods.length <= 1)
        for (const { uuid, state } of pods) {
          assert.ok(['preparing', 'aborted-prepare', 'prepared', 'running', 'exited'].includes(state), state)
          if (state === 'running') assert.equal((await host.status(uuid, '--wait')).state, 'exited')
          await host.ok(['rm', uuid])
        }
        await host.ok(['gc', '--grace-period=0', '--expire-prepared=0'])
        assert.deepEqual(scan(host.dir, PLACES), [])
        assert.deepEqual(loadedUnits('appc-crashed*'), [])
        assert.equal(execFileSync('ls', [host.dir.tmp], { encoding: 'utf8' }), '')
      })
    }
    assert.ok(killed >= 20, `only ${killed} of ${moments.length} runs were killed`)
    const after = await host.run('--pod-name=crashed', image, '--exec=/bin/echo', '--', 'fine')
    assert.deepEqual([after.status, after.stdout, after.stderr], [0, 'fine\n', ''])
  })
})

/** The calls of the main thread of an undisturbed run at which a kill is worth a test. */
function momentsOf(words: readonly string[], file: string, root: string): Moment[] {
  let isAfterBusCall = false
  let stage1 = false
  return mainThreadCalls(words, CALLS, file).flatMap(({ call, when, rest }): Moment[] => {
    const description = isAfterBusCall ? 'after a call of systemd' : about(call, rest, root)
    isAfterBusCall = isBusCall(rest)
    stage1 ||= call === 'chdir'
    // before stage1, descriptor 3 is not the lock
    if (call === 'close' && !stage1) return []
    return description === null || (call === 'execve' && when === 1) ? [] : [{ call, when, about: description }]
  })
}

/** Tells whether a call sends a D-Bus method call, by the first bytes of the message. */
const isBusCall = (rest: string): boolean => /^\d+, (\[\{iov_base=)?"l\\1/.test(rest)

/** Describes a call; null if a kill there has the same effect as at another call. */
function about(call: string, rest: string, root: string): string | null {
  const text = rest.replaceAll(root, '').replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
  if (rest.includes('EEXIST')) return null
  if (call === 'openat' && !(rest.includes('O_CREAT') && (rest.includes(root) || !rest.startsWith('AT_FDCWD, "/'))))
    return null
  if (/^(write|writev|sendmsg)$/.test(call)) return isBusCall(rest) ? 'a call of systemd' : null
  if (call === 'close') return rest.startsWith('3)') ? 'letting go of the lock' : null
  return call === 'epoll_pwait' ? null : text.slice(0, 60)
}

/** Selects at most {@link MAX_MOMENTS} moments, evenly distributed. */
const pick = (moments: readonly Moment[]): Moment[] =>
  moments.filter(
    (_, index) =>
      Math.floor((index * MAX_MOMENTS) / moments.length) !== Math.floor(((index - 1) * MAX_MOMENTS) / moments.length),
  )
