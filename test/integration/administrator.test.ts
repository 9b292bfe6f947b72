import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { dropIn } from '../helpers/drop-in.js'
import { noPods, podHost, type Watched } from '../helpers/pods.js'
import { loadedUnits, property, systemctl } from '../helpers/systemd.js'

/** Ends well when it is asked to. */
const POLITE = 'trap "exit 0" TERM; echo ready; while :; do sleep 1000 & wait $!; done'
/** Fails the first `times` it is started in its pod, and ends well after that. */
const failing = (times: number, status: number): string =>
  `n=$(cat /n 2>/dev/null || echo 0); n=$((n + 1)); echo $n >/n; echo "start $n"; [ $n -gt ${times} ] || exit ${status}`

const version = (): number => parseInt(systemctl('--version').replace(/^systemd /, ''), 10)

describe('what the administrator does with systemd', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const sh = (script: string): string[] => [box, '--exec=/bin/sh', '--', '-c', script]
  const start = (name: string, script: string): Watched => host.start(['run', `--pod-name=${name}`, ...sh(script)])
  async function running(name: string, script = POLITE): Promise<Watched> {
    const run = start(name, script)
    await run.shows('ready')
    return run
  }
  const exitCode = async (name: string): Promise<number | null | undefined> =>
    (await host.status(name)).apps[0]?.exit_code

  /** The pod has ended: `run` has told how, `status` tells the same, and systemd has nothing of it. */
  async function ended(name: string, run: Watched, status: number): Promise<string> {
    const seen = await run.ended
    assert.equal(seen.status, status, seen.stderr)
    const pod = await host.status(name)
    assert.deepEqual([pod.state, pod.apps[0]?.state, pod.apps[0]?.exit_code], ['exited', 'exited', status])
    assert.deepEqual(loadedUnits(`appc-${name}.*`, `appc-${name}-*`, `appc-stop@${name}.*`), [])
    await host.ok(['rm', name])
    return seen.stdout
  }

  async function lives(name: string): Promise<void> {
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

  describe('with the units of a pod: the truth is told of it, and nothing is left', () => {
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
      const outcome = `${allowed ? '' : 'is refused, and '}${status === null ? 'the pod lives' : `ends it with ${status}`}`
      test(`systemctl ${verb} ${unit} ${outcome}`, async () => {
        const run = await running('admin')
        const done = spawnSync('systemctl', [...verb.split(' '), unit], { encoding: 'utf8' })
        assert.equal(done.status === 0, allowed, done.stderr)
        if (status === null) {
          await lives('admin')
          await host.ok(['stop', 'admin'])
        }
        await ended('admin', run, status ?? 0)
      })
    }

    for (const unit of [POD, APP, SLICE]) {
      test(`systemctl freeze and thaw of ${unit}: the pod lives`, async () => {
        const run = await running('admin')
        systemctl('freeze', unit)
        systemctl('thaw', unit)
        await lives('admin')
        await host.ok(['stop', 'admin'])
        await ended('admin', run, 0)
      })

      for (const [what, status, stop] of [
        ['appc stop', 0, () => host.ok(['stop', 'admin'])],
        ['appc stop --force', 137, () => host.ok(['stop', '--force', 'admin'])],
        ['SIGTERM to appc run', 0, (run: Watched) => run.kill('SIGTERM')],
      ] as const) {
        test(`${unit} is frozen: ${what} ends the pod, and how is known`, async () => {
          const run = await running('admin')
          systemctl('freeze', unit)
          await stop(run)
          await ended('admin', run, status)
        })
      }
    }
  })

  describe('with a drop-in that says Restart=', () => {
    for (const units of ['appc-rerun-box', 'appc-rerun-', 'appc-']) {
      test(`for ${units}: the pod lives on until its app ends well, and all its lives are shown`, async (t) => {
        dropIn(t, units, '[Service]', 'Restart=on-failure', 'RestartSec=50ms')
        assert.equal(await ended('rerun', start('rerun', failing(2, 9)), 0), 'start 1\nstart 2\nstart 3\n')
      })
    }

    test('the limit of starts is reached: the last status is that of the pod', async (t) => {
      dropIn(
        t,
        ...['appc-rerun-', '[Unit]', 'StartLimitBurst=2', 'StartLimitIntervalSec=1h'],
        ...['[Service]', 'Restart=on-failure', 'RestartSec=50ms'],
      )
      assert.equal(await ended('rerun', start('rerun', failing(9, 7)), 7), 'start 1\nstart 2\n')
    })

    test('while it runs once more its first end is not told', async (t) => {
      dropIn(t, 'appc-rerun-', '[Service]', 'Restart=on-failure', 'RestartSec=50ms')
      const run = await running('rerun', `${failing(1, 9)}; ${POLITE}`)
      await lives('rerun')
      await host.ok(['stop', 'rerun'])
      await ended('rerun', run, 0)
    })

    for (const [what, stop] of [
      ['stop', () => host.ok(['stop', 'rerun'])],
      ['stop --force', () => host.ok(['stop', '--force', 'rerun'])],
      ['systemctl stop', () => systemctl('stop', 'appc-rerun.service')],
      ['SIGTERM to appc run', (run: Watched) => run.kill('SIGTERM')],
    ] as const) {
      test(`${what} while the app waits for its restart ends the pod`, async (t) => {
        dropIn(t, 'appc-rerun-', '[Service]', 'Restart=always', 'RestartSec=1h')
        const run = start('rerun', 'echo ready; exit 6')
        await run.shows('ready')
        await until(async () => (await exitCode('rerun')) === 6)
        await stop(run)
        await ended('rerun', run, 6)
      })
    }

    test('a storm of restarts is stopped', async (t) => {
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

    test('a pod that lost its init is not set up again: its records stay', async (t) => {
      dropIn(t, 'appc-', '[Service]', 'Restart=always', 'RestartSec=50ms')
      const run = await running('rerun')
      process.kill((await host.status('rerun')).pid ?? 0, 'SIGKILL')
      await ended('rerun', run, 137)
    })

    test('that ends the pod at each failure: it has ended, whatever systemd goes on trying', async (t) => {
      if (version() < 254) {
        t.skip('this systemd has no RestartMode=')
        return
      }
      dropIn(t, 'appc-rerun-', '[Service]', 'Restart=on-failure', 'RestartMode=normal', 'RestartSec=50ms')
      await ended('rerun', start('rerun', 'exit 3'), 3)
    })

    test('detached: rm leaves no unit, though systemd goes on trying', async (t) => {
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

  test('a drop-in with a command before the app: it runs, and does no harm', async (t) => {
    dropIn(t, 'appc-before-box', '[Service]', 'ExecStartPre=/bin/true')
    await ended('before', start('before', 'exit 4'), 4)
  })

  test('a drop-in with a command before the app that fails: that app did not start', async (t) => {
    dropIn(t, 'appc-before-box', '[Service]', 'ExecStartPre=/bin/false')
    const seen = await host.run('--pod-name=before', ...sh('exit 4'))
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /^appc: app box: did not start\nhint: journalctl --unit=appc-before-box\.service\n$/m)
  })
})

/** Asks until it is so. What it asks is a program each time, so it does not go round for nothing. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
