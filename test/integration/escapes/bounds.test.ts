import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { App } from '#schema/app.js'
import { shell } from '../../helpers/images.js'
import { entriesOf } from '../../helpers/journal.js'
import { noPods, podHost } from '../../helpers/pods.js'
import { journal, property } from '../../helpers/systemd.js'

/** Why systemd cannot bound the tasks of a unit here. */
const noTaskCount = readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').includes('pids')
  ? false
  : 'this machine has no pids controller'

const DEAF = "trap '' TERM; echo ready; while :; do sleep 1000; done"
const ENDLESS = "trap '' TERM; while :; do sleep 1000; done"

describe('what a pod may take of its host', { skip: noPods }, () => {
  const host = podHost()
  let count = 0
  const image = (script: string, handlers: { preStart?: string; postStop?: string } = {}, app?: Partial<App>): string =>
    host.image({
      name: `bounded-${count++}`,
      app: {
        exec: shell(script),
        eventHandlers: [
          ...(handlers.preStart === undefined ? [] : [{ name: 'pre-start' as const, exec: shell(handlers.preStart) }]),
          ...(handlers.postStop === undefined ? [] : [{ name: 'post-stop' as const, exec: shell(handlers.postStop) }]),
        ],
        ...app,
      },
    })
  const says = async (script: string, ...words: string[]): Promise<string[]> => {
    const seen = await host.run(...words, image(script))
    assert.equal(seen.status, 0, seen.stderr)
    return seen.stdout.trim().split('\n')
  }

  describe('memory, tasks, terminals, core dumps', () => {
    const LOOK = [
      "df -k /dev/shm | awk 'END { print $2 }'",
      'ulimit -S -c',
      'ulimit -H -c',
      "grep ' /dev/pts ' /proc/mounts | grep -o 'max=[0-9]*'",
    ].join('; ')

    test('by default', async () => assert.deepEqual(await says(LOOK), ['65536', '0', '0', 'max=1024']))

    test('as the operator says', async () =>
      assert.deepEqual(await says(LOOK, '--shm-size=1M', '--core=infinity', '--terminals=7'), [
        '1024',
        'unlimited',
        'unlimited',
        'max=7',
      ]))

    test('an app that fills /dev/shm is told that it is full', async () =>
      assert.deepEqual(
        await says('dd if=/dev/zero of=/dev/shm/all bs=1M count=80 2>/dev/null || du -k /dev/shm/all | cut -f1'),
        ['65536'],
      ))

    test('an app cannot give itself core dumps', async () =>
      assert.deepEqual(await says('ulimit -c unlimited 2>/dev/null || ulimit -c 1 2>/dev/null || ulimit -c'), ['0']))

    test('an app that makes more and more processes gets no more of them', { skip: noTaskCount }, async () => {
      const bomb = 'for i in $(seq 60); do sleep 1000 & done; echo all'
      const seen = await host.run('--tasks-max=20', image(bomb))
      assert.match(seen.stderr, /can't fork/)
      assert.doesNotMatch(seen.stdout, /all/)
    })

    test('the units have them, and the pod’s own unit no devices but the harmless ones', async () => {
      const uuid = await host.detach('--pod-name=bounds', image('sleep 1000'))
      assert.equal(property('appc-bounds.slice', 'TasksMax'), '4096')
      assert.equal(property('appc-bounds.service', 'DevicePolicy'), 'closed')
      assert.equal(property('appc-bounds.service', 'TimeoutStopUSec'), '10s')
      await host.ok(['stop', '--force', uuid])
    })

    test('status tells them', async () => {
      const options = ['--tasks-max=infinity', '--stop-timeout=1500ms', '--log-rate-limit=2s:50']
      const uuid = await host.detach(...options, image('sleep 1000'))
      assert.deepEqual((await host.status(uuid)).bounds, {
        shm_size: 67_108_864,
        tasks_max: 'infinity',
        terminals: 1024,
        start_timeout: 90_000,
        stop_timeout: 1500,
        core: 0,
        log_rate_limit: { interval: 2000, burst: 50 },
      })
      const lines = (await host.ok(['status', uuid])).split('\n')
      for (const line of ['shm-size=64M', 'tasks-max=infinity', 'terminals=1024', 'start-timeout=90s']) {
        assert.ok(lines.includes(line), line)
      }
      for (const line of ['stop-timeout=1500ms', 'core=0', 'log-rate-limit=2s:50'])
        assert.ok(lines.includes(line), line)
      await host.ok(['stop', '--force', uuid])
    })
  })

  describe('time', () => {
    test('a deaf app with an endless post-stop: killed twice, told, and told by status', async () => {
      const run = host.start(['run', '--pod-name=deaf', '--stop-timeout=1s', image(DEAF, { postStop: ENDLESS })])
      await run.shows('ready')
      const stopped = await host.appc(['stop', 'deaf'])
      const told = /^warning: app bounded-\d+: did not end within 1 s after SIGTERM: killed$/m
      assert.equal(stopped.status, 0)
      assert.match(stopped.stderr, told)
      const seen = await run.ended
      assert.equal(seen.status, 137)
      assert.match(seen.stderr, told)
      const [app] = (await host.status('deaf')).apps
      assert.deepEqual([app?.result, app?.exit_code], ['timeout', 137])
    })

    test('an endless post-stop alone: killed and told; the app’s own status stays', async () => {
      const seen = await host.run('--stop-timeout=1s', image('exit 3', { postStop: ENDLESS }))
      assert.equal(seen.status, 3)
      assert.match(seen.stderr, /^warning: app bounded-\d+: its post-stop handler took longer than 1 s: killed$/m)
    })

    test('an endless pre-start: the app did not start, and status says why', async () => {
      const words = ['--pod-name=endless', '--start-timeout=1s', '--stop-timeout=1s']
      const seen = await host.run(...words, image('echo main', { preStart: ENDLESS }))
      assert.deepEqual([seen.status, seen.stdout], [254, ''])
      assert.match(seen.stderr, /^appc: app bounded-\d+: did not start within 1 s$/m)
      assert.match(seen.stderr, /^hint: .*--start-timeout/m)
      const [app] = (await host.status('endless')).apps
      assert.deepEqual([app?.result, app?.state, app?.started_at], ['timeout', 'exited', null])
    })

    test('a detached pod whose pre-start is endless fails in the same way', async () => {
      const words = ['--detach', '--start-timeout=1s', '--stop-timeout=1s']
      const seen = await host.run(...words, image('echo main', { preStart: ENDLESS }))
      assert.equal(seen.status, 254)
      assert.match(seen.stderr, /did not start within 1 s$/m)
    })

    test('a FIFO as program does not hang', async () => {
      const fifo = image('', { preStart: 'mkfifo -m 755 /fifo' }, { exec: ['/fifo'] })
      const seen = await host.run('--start-timeout=2s', '--stop-timeout=1s', fifo)
      assert.equal(seen.status, 254)
      assert.match(seen.stderr, /did not start/)
    })
  })

  describe('the journal', () => {
    const numbers = (last: number): string => Array.from({ length: last }, (_, index) => `${index + 1}\n`).join('')

    test('a flood does not push out the host’s lines, and hides nothing from who watches: journald tells what it dropped', async () => {
      const seen = await host.run('--pod-name=flood', '--log-rate-limit=1s:10', image('seq 3000; sleep 3; echo last'))
      assert.deepEqual([seen.stdout, seen.stderr, seen.status], [`${numbers(3000)}last\n`, '', 0])
      const lines = entriesOf((await host.status('flood')).uuid).map(({ message }) => message)
      assert.ok(lines.length < 3000, `${lines.length} lines`)
      assert.deepEqual([lines[0], lines.at(-1)], ['1', 'last'])
      const told = journal('--unit=appc-flood.service').map(({ MESSAGE }) => MESSAGE ?? '')
      assert.ok(told.some((message) => /^Suppressed \d+ messages from appc-flood\.service$/.test(message)))
    })

    test('all streams and apps of a pod have one limit', async () => {
      const flood = image('seq 100; seq 100 >&2')
      await host.run('--pod-name=both', '--log-rate-limit=1m:10', flood, '---', image('seq 100'))
      const count = (priority: string): number =>
        entriesOf(uuid).filter(({ fields }) => fields['PRIORITY'] === priority).length
      const { uuid } = await host.status('both')
      // journald takes some more while its disk is empty
      assert.ok(count('6') < 60, String(count('6')))
      assert.ok(count('3') < 60, String(count('3')))
    })

    test('--log-rate-limit=none: every line is in the journal', async () => {
      const seen = await host.run('--pod-name=unlimited', '--log-rate-limit=none', image('seq 15000'))
      assert.equal(seen.stdout, numbers(15_000))
      const lines = entriesOf((await host.status('unlimited')).uuid).map(({ message }) => `${message}\n`)
      assert.equal(lines.join(''), numbers(15_000))
    })
  })

  test('4000 mount points of an image: refused before anything is made', async () => {
    const mountPoints = Array.from({ length: 4000 }, (_, index) => ({ name: `p${index}`, path: `/p/${index}` }))
    const before = (await host.list()).length
    const seen = await host.run(image('true', {}, { mountPoints }))
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /^appc: bounded-\d+: 4000 mounts and mount points: at most 512 are taken$/m)
    assert.equal((await host.list()).length, before)
  })

  test('--net=host as root: one warning', async () => {
    const seen = await host.run('--net=host', image('true'))
    assert.match(
      seen.stderr,
      /^warning: network host: app bounded-\d+ runs as root and can reach the abstract UNIX sockets/,
    )
    assert.equal((await host.run('--net=host', image('true'), '--user=worker', '--group=workers')).stderr, '')
  })
})
