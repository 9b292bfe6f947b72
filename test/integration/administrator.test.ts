import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { dropIn } from '../helpers/drop-in.js'
import { noPods, podHost, type Watched } from '../helpers/pods.js'
import { loadedUnits, property, systemctl } from '../helpers/systemd.js'

/** Ends with status 0 on SIGTERM. */
const POLITE = 'trap "exit 0" TERM; echo ready; while :; do sleep 1000 & wait $!; done'
/** Fails at the first `times` starts in its pod, and ends with status 0 after that. */
const failing = (times: number, status: number): string =>
  `n=$(cat /n 2>/dev/null || echo 0); n=$((n + 1)); echo $n >/n; echo "start $n"; [ $n -gt ${times} ] || exit ${status}`

const version = (): number => parseInt(systemctl('--version').replace(/^systemd /, ''), 10)

describe('systemctl and drop-ins of the administrator', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const sh = (script: string): string[] => [box, '--exec=/bin/sh', '--', '-c', script]
  const start = (name: string, script: string): Watched => host.start(['run', `--pod-name=${name}`, ...sh(script)])
  async function startReady(name: string, script = POLITE): Promise<Watched> {
    const run = start(name, script)
    await run.shows('ready')
    return run
  }
  const exitCode = async (name: string): Promise<number | null | undefined> =>
    (await host.status(name)).apps[0]?.exit_code

  /**
   * Asserts that the pod has ended: `run` and `status` report the same exit status, and systemd has
   * no units of it. Returns stdout.
   */
  async function assertEnded(name: string, run: Watched, status: number): Promise<string> {
    const result = await run.ended
    assert.equal(result.status, status, result.stderr)
    const pod = await host.status(name)
    assert.deepEqual([pod.state, pod.apps[0]?.state, pod.apps[0]?.exit_code], ['exited', 'exited', status])
    assert.deepEqual(loadedUnits(`appc-${name}.*`, `appc-${name}-*`, `appc-stop@${name}.*`), [])
    await host.ok(['rm', name])
    return result.stdout
  }

  async function assertRunning(name: string): Promise<void> {
    const pod = await host.status(name)
    assert.deepEqual([pod.state, pod.apps[0]?.state, pod.apps[0]?.exit_code], ['running', 'running', null])
    for (const unit of [`appc-${name}.service`, `appc-${name}-box.service`]) {
      assert.equal(property(unit, 'ActiveState'), 'active')
    }
  }

  const POD = 'appc-admin.service'
  const APP = 'appc-admin-box.service'
  const SLICE = 'appc-admin.slice'

  test('where the pod unit may make no devices, the apps have the host’s', async (t) => {
    dropIn(t, 'appc-devices', '[Service]', 'CapabilityBoundingSet=~CAP_MKNOD')
    const script = `echo x >/dev/null && head -c 3 /dev/zero | wc -c && stat -c '%n %F %t:%T' /dev/null /dev/full /dev/tty
      chmod 0 /dev/null || echo read-only; grep -c ' /dev/[a-z]* ' /proc/self/mounts`
    const run = start('devices', script)
    const { status, stdout, stderr } = await run.ended
    const devices = ['/dev/null 1:3', '/dev/full 1:7', '/dev/tty 5:0'].map((line) =>
      line.replace(' ', ' character special file '),
    )
    // null, zero, full, random, urandom, tty, console, pts, shm, mqueue
    assert.deepEqual([status, stdout.split('\n')], [0, ['3', ...devices, 'read-only', '10', '']], stderr)
    await host.ok(['rm', 'devices'])
  })

  describe('on the units of a pod: the reported state is right, and nothing is left', () => {
    for (const [verb, unit, allowed, status] of [
      ['start', POD, false, null],
      ['restart', POD, false, null],
      ['try-restart', POD, false, null],
      ['reload-or-restart', POD, false, null],
      ['reset-failed', POD, true, null],
      ['clean', POD, false, null],
      ['stop', POD, true, 0],
      ['kill', POD, true, 137],
      ['kill --signal=KILL', POD, true, 137],
      ['start', APP, true, null],
      ['restart', APP, true, null],
      ['try-restart', APP, true, null],
      ['reset-failed', APP, true, null],
      ['clean', APP, false, null],
      ['stop', APP, true, 0],
      ['kill', APP, true, 0],
      ['kill --signal=KILL', APP, true, 137],
      ['start', SLICE, true, null],
      ['restart', SLICE, true, 0],
      ['try-restart', SLICE, true, 0],
      ['reset-failed', SLICE, true, null],
      ['stop', SLICE, true, 0],
      ['kill --signal=KILL', SLICE, true, 137],
      ['isolate', 'multi-user.target', true, 0],
    ] as const) {
      const outcome = `${allowed ? '' : 'is refused, and '}${status === null ? 'the pod keeps running' : `ends it with ${status}`}`
      test(`systemctl ${verb} ${unit} ${outcome}`, async () => {
        const run = await startReady('admin')
        const result = spawnSync('systemctl', [...verb.split(' '), unit], { encoding: 'utf8' })
        assert.equal(result.status === 0, allowed, result.stderr)
        if (status === null) {
          await assertRunning('admin')
          await host.ok(['stop', 'admin'])
        }
        await assertEnded('admin', run, status ?? 0)
      })
    }

    for (const unit of [POD, APP, SLICE]) {
      test(`systemctl freeze and thaw of ${unit}: the pod keeps running`, async () => {
        const run = await startReady('admin')
        systemctl('freeze', unit)
        systemctl('thaw', unit)
        await assertRunning('admin')
        await host.ok(['stop', 'admin'])
        await assertEnded('admin', run, 0)
      })

      for (const [action, status, stop] of [
        ['appc stop', 0, () => host.ok(['stop', 'admin'])],
        ['appc stop --force', 137, () => host.ok(['stop', '--force', 'admin'])],
        ['SIGTERM to appc run', 0, (run: Watched) => run.kill('SIGTERM')],
      ] as const) {
        test(`${unit} is frozen: ${action} ends the pod, with the right exit status`, async () => {
          const run = await startReady('admin')
          systemctl('freeze', unit)
          await stop(run)
          await assertEnded('admin', run, status)
        })
      }
    }
  })

  describe('a drop-in with Restart=', () => {
    for (const units of ['appc-rerun-box', 'appc-rerun-', 'appc-']) {
      test(`for ${units}: the pod runs until its app succeeds, and the output of every start is shown`, async (t) => {
        dropIn(t, units, '[Service]', 'Restart=on-failure', 'RestartSec=50ms')
        assert.equal(await assertEnded('rerun', start('rerun', failing(2, 9)), 0), 'start 1\nstart 2\nstart 3\n')
      })
    }

    test('the limit of starts is reached: the last status is that of the pod', async (t) => {
      dropIn(
        t,
        ...['appc-rerun-', '[Unit]', 'StartLimitBurst=2', 'StartLimitIntervalSec=1h'],
        ...['[Service]', 'Restart=on-failure', 'RestartSec=50ms'],
      )
      assert.equal(await assertEnded('rerun', start('rerun', failing(9, 7)), 7), 'start 1\nstart 2\n')
    })

    test('after a restart the first exit status is not reported', async (t) => {
      dropIn(t, 'appc-rerun-', '[Service]', 'Restart=on-failure', 'RestartSec=50ms')
      const run = await startReady('rerun', `${failing(1, 9)}; ${POLITE}`)
      await assertRunning('rerun')
      await host.ok(['stop', 'rerun'])
      await assertEnded('rerun', run, 0)
    })

    for (const [action, stop] of [
      ['stop', () => host.ok(['stop', 'rerun'])],
      ['stop --force', () => host.ok(['stop', '--force', 'rerun'])],
      ['systemctl stop', () => systemctl('stop', 'appc-rerun.service')],
      ['SIGTERM to appc run', (run: Watched) => run.kill('SIGTERM')],
    ] as const) {
      test(`${action} while the app waits for its restart ends the pod`, async (t) => {
        dropIn(t, 'appc-rerun-', '[Service]', 'Restart=always', 'RestartSec=1h')
        const run = start('rerun', 'echo ready; exit 6')
        await run.shows('ready')
        await waitUntil(async () => (await exitCode('rerun')) === 6)
        await stop(run)
        await assertEnded('rerun', run, 6)
      })
    }

    test('stop ends a pod whose app restarts without a limit', async (t) => {
      const limits = ['[Unit]', 'StartLimitIntervalSec=0', '[Service]', 'Restart=always', 'RestartSec=0']
      dropIn(t, 'appc-rerun-', ...limits)
      const run = start('rerun', failing(1 << 20, 5))
      await run.shows('start 3')
      await host.ok(['stop', 'rerun'])
      assert.equal((await host.status('rerun')).state, 'exited')
      await run.ended
      assert.deepEqual(loadedUnits('appc-rerun*'), [])
      await host.ok(['rm', 'rerun'])
    })

    test('a pod whose init was killed is not set up again, and its records stay', async (t) => {
      dropIn(t, 'appc-', '[Service]', 'Restart=always', 'RestartSec=50ms')
      const run = await startReady('rerun')
      process.kill((await host.status('rerun')).pid ?? 0, 'SIGKILL')
      await assertEnded('rerun', run, 137)
    })

    test('with RestartMode=normal the pod ends at the first failure, although systemd tries to restart', async (t) => {
      if (version() < 254) {
        t.skip('this systemd has no RestartMode=')
        return
      }
      dropIn(t, 'appc-rerun-', '[Service]', 'Restart=on-failure', 'RestartMode=normal', 'RestartSec=50ms')
      await assertEnded('rerun', start('rerun', 'exit 3'), 3)
    })

    test('detached: rm leaves no unit, although systemd tries to restart', async (t) => {
      if (version() < 254) {
        t.skip('this systemd has no RestartMode=')
        return
      }
      dropIn(t, 'appc-rerun-', '[Service]', 'Restart=on-failure', 'RestartMode=normal', 'RestartSec=1h')
      const uuid = await host.detach('--pod-name=rerun', ...sh('exit 3'))
      await host.ok(['status', uuid, '--wait'])
      await host.ok(['rm', uuid])
      assert.deepEqual(loadedUnits('appc-rerun*'), [])
    })
  })

  test('a drop-in with ExecStartPre=: the app still starts', async (t) => {
    dropIn(t, 'appc-before-box', '[Service]', 'ExecStartPre=/bin/true')
    await assertEnded('before', start('before', 'exit 4'), 4)
  })

  test('a drop-in with an ExecStartPre= that fails: the app does not start, with a hint', async (t) => {
    dropIn(t, 'appc-before-box', '[Service]', 'ExecStartPre=/bin/false')
    const seen = await host.run('--pod-name=before', ...sh('exit 4'))
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /^appc: app box: did not start\nhint: journalctl --unit=appc-before-box\.service\n$/m)
  })
})

/** Waits until a condition is true. Each check starts a program, so this is not a busy loop. */
async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}
