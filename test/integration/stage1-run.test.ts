import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { POD_DIR } from '#schema/pod-dir.js'
import { makePod, type MadePod, type PodOptions } from '../helpers/pod-directory.js'
import {
  collect,
  exitOf,
  launch,
  launchInTerminal,
  noSystemd,
  runToEnd,
  stage1,
  systemctl,
  unitsOf,
} from '../helpers/stage1.js'

const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script]

/** Removes the exit records of the pod, and makes it impossible to write new ones. */
function spoilRecords({ directory }: MadePod): void {
  for (const name of readdirSync(join(directory, POD_DIR.status))) {
    if (!name.endsWith('-started')) rmSync(join(directory, POD_DIR.status, name))
  }
  mkdirSync(join(directory, POD_DIR.exitedDraft('one')))
}

/** The target of a symlink; '' where the link does not exist. */
function readlink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

const pods: MadePod[] = []
const createPod = (options: PodOptions): MadePod => {
  const pod = makePod(options)
  pods.push(pod)
  return pod
}

describe('stage1 run', { skip: noSystemd }, () => {
  after(async () => {
    for (const pod of pods) {
      // the directory of a refused pod is already removed
      if (existsSync(pod.directory)) await stage1(pod, 'stop', '--force')
      pod.remove()
    }
  })

  test('SPEC E11: stdout and stderr stay separate, and the exit status is the app’s', async () => {
    const pod = createPod({
      apps: { one: { exec: sh('echo to stdout; echo to stderr >&2; printf "no newline"; exit 7') } },
    })
    const { status, stdout, stderr } = await runToEnd(pod)
    assert.deepEqual({ status, stdout, stderr }, { status: 7, stdout: 'to stdout\nno newline', stderr: 'to stderr\n' })
    assert.deepEqual(unitsOf(pod), [])
    const { code, status: recorded, result } = exitOf(pod, 'one')
    assert.deepEqual({ code, recorded, result }, { code: 'exited', recorded: 7, result: 'exit-code' })
  })

  test('a signal is 128 and its number', async () => {
    const pod = createPod({ apps: { one: { exec: sh('kill -KILL $$') } } })
    assert.equal((await runToEnd(pod)).status, 137)
    assert.equal(exitOf(pod, 'one').status, 'KILL')
  })

  for (const [outcome, script, status] of [
    ['exited', 'exit 7', 7],
    ['was killed', 'kill -SEGV $$', 139],
    ['was killed by a real-time signal', 'kill -37 $$', 165],
    ['ended well', 'exit 0', 0],
  ] as const) {
    test(`without a record, systemd still reports that an app ${outcome}`, async () => {
      const pod = createPod({
        apps: { one: { exec: sh(`mkfifo /tmp/go; echo ready; read line </tmp/go; ${script}`) } },
      })
      const running = launch(pod)
      await running.shows('ready')
      spoilRecords(pod)
      await stage1(pod, 'enter', 'one', '--', '/bin/sh', '-c', 'echo go >/tmp/go')
      assert.equal((await running.ended).status, status)
    })
  }

  test('without a rate limit no line is lost, and the order is kept', async () => {
    // journald itself may write an entry twice at the end of a journal file
    execFileSync('journalctl', ['--rotate'])
    const spec = { bounds: { logRateLimit: 'none' } } as const
    const { status, stdout } = await runToEnd(createPod({ spec, apps: { one: { exec: sh('seq 60000') } } }))
    assert.equal(status, 0)
    assert.ok(stdout === Array.from({ length: 60_000 }, (_, i) => `${i + 1}\n`).join(''), `${stdout.length} bytes`)
  })

  test('very long lines, bytes that are not text, and NUL are passed unchanged', async () => {
    const script = `awk 'BEGIN { s = sprintf("%200000s", ""); gsub(/ /, "x", s); print s }'; printf "\\377\\001\\n"; printf "a\\0b\\n"`
    const { status, stdout, stderr } = await runToEnd(createPod({ apps: { one: { exec: sh(script) } } }))
    const shown = stdout.replace(/^x+/, ({ length }) => `${length} x`)
    assert.deepEqual([shown, stderr, status], ['200000 x\n\xff\x01\na\0b\n', '', 0])
  })

  test('a slow reader loses nothing, and the launcher waits for it', async () => {
    const words = `for i in $(seq 20); do cat /etc/long; cat /etc/long >&2; done; exit 4`
    const long = `head -c 50000 /dev/zero | tr '\\0' x > /etc/long; echo >> /etc/long; ${words}`
    const { child, ended } = launch(createPod({ apps: { one: { exec: sh(long) } } }))
    child.stdout?.pause()
    child.stderr?.pause()
    // wait for the duration of another pod
    assert.equal((await runToEnd(createPod({ apps: { one: { exec: sh('exit 3') } } }))).status, 3)
    assert.equal(child.exitCode, null)
    child.stdout?.resume()
    child.stderr?.resume()
    const { status, stdout, stderr } = await ended
    assert.deepEqual([status, stdout.length, stderr.length], [4, 20 * 50_001, 20 * 50_001])
  })

  test('a reader that closes one stream still gets the other', async () => {
    const { child, ended } = launch(createPod({ apps: { one: { exec: sh('seq 5000; seq 5000 >&2; echo last >&2') } } }))
    child.stdout?.destroy()
    const { status, stderr } = await ended
    assert.deepEqual([status, stderr.split('\n').length, stderr.slice(-5)], [0, 5002, 'last\n'])
  })

  test('SPEC E15: when one app fails, the others get SIGTERM and their post-stop, and the pod has its status', async () => {
    const pod = createPod({
      apps: {
        failing: {
          exec: sh('until [ -e /data/ready ]; do usleep 1000; done; exit 3'),
          mounts: [{ volume: 'data', path: '/data' }],
        },
        lasting: {
          exec: sh('trap "echo terminated; exit 0" TERM; touch /data/ready; while :; do sleep 60 & wait $!; done'),
          mounts: [{ volume: 'data', path: '/data' }],
          eventHandlers: [{ name: 'post-stop', exec: sh('echo post-stop of lasting') }],
        },
      },
      manifest: { volumes: [{ name: 'data', kind: 'empty' }] },
    })
    const { status, stdout } = await runToEnd(pod)
    assert.equal(status, 3)
    assert.equal(stdout, 'terminated\npost-stop of lasting\n')
    assert.equal(exitOf(pod, 'failing').status, 3)
    assert.equal(exitOf(pod, 'lasting').status, 0)
    assert.deepEqual(unitsOf(pod), [])
  })

  test('a pod of the same name fails the same way the next time', async () => {
    for (const expected of [4, 5]) {
      const pod = createPod({
        spec: { podName: 'same-name' },
        apps: { one: { exec: sh(`exit ${expected}`) }, two: { exec: sh('exec sleep 1000') } },
      })
      assert.equal(pod.id, 'same_name')
      assert.equal((await runToEnd(pod)).status, expected)
      assert.deepEqual(unitsOf(pod), [])
    }
  })

  test('SPEC E14: pre-start comes before main, post-stop after it; a pre-start that fails keeps main from starting', async () => {
    const handlers = (status: number) => [
      { name: 'pre-start', exec: sh(`echo before; exit ${status}`) } as const,
      { name: 'post-stop', exec: sh('echo after') } as const,
    ]
    const good = await runToEnd(
      createPod({ apps: { one: { exec: sh('echo main; exit 1'), eventHandlers: handlers(0) } } }),
    )
    assert.deepEqual([good.status, good.stdout], [1, 'before\nmain\nafter\n'])
    const bad = await runToEnd(createPod({ apps: { one: { exec: sh('echo main'), eventHandlers: handlers(9) } } }))
    assert.deepEqual([bad.status, bad.stdout], [9, 'before\nafter\n'])
  })

  test('a missing program is an error that names it', async () => {
    const { status, stderr } = await runToEnd(createPod({ apps: { one: { exec: ['/bin/nothing'] } } }))
    assert.equal(status, 254)
    assert.match(
      stderr,
      /\/bin\/nothing.*\nappc: app one: did not start\nhint: journalctl --unit=appc-.*-one\.service\n$/,
    )
  })

  test('detached: a missing program is an error as well', async () => {
    const { status, stderr } = await runToEnd(
      createPod({ spec: { detach: true }, apps: { one: { exec: ['/bin/nothing'] } } }),
    )
    assert.equal(status, 254)
    assert.match(stderr, /\/bin\/nothing.*\nappc: app one: did not start\n/)
  })

  test('a pod that cannot be set up is an error, and leaves nothing', async () => {
    const pod = createPod({ apps: { one: { exec: ['/bin/true'] } } })
    rmSync(`${pod.directory}/overlay`, { recursive: true })
    const { status, stderr } = await runToEnd(pod)
    assert.equal(status, 254)
    assert.match(stderr, /overlay.*\nappc: pod .*: did not start\nhint: journalctl --unit=appc-[0-9a-f]{8}\.service\n$/)
    assert.deepEqual(unitsOf(pod), [])
  })

  test('detached: returns when the pod runs; the app itself is its unit’s main process; stop ends it in order', async () => {
    const pod = createPod({ spec: { detach: true }, apps: { one: { exec: ['/bin/sleep', '1000'] } } })
    const { status, stdout, stderr } = await runToEnd(pod)
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
    assert.deepEqual([...unitsOf(pod)].sort(), [
      `appc-${pod.id}-metadata.service`,
      `appc-${pod.id}-metadata.socket`,
      `appc-${pod.id}-one.service`,
      `appc-${pod.id}.service`,
      `appc-${pod.id}.slice`,
      `appc-stop@${pod.id}.target`,
    ])
    const main = systemctl('show', '--property=MainPID', '--value', `appc-${pod.id}-one.service`).trim()
    assert.equal(readFileSync(`/proc/${main}/cmdline`, 'latin1'), '/bin/sleep\x001000\0')
    assert.equal((await stage1(pod, 'stop')).status, 0)
    assert.equal(exitOf(pod, 'one').status, 'TERM')
    assert.deepEqual(unitsOf(pod), [])
  })

  test('stop --force kills; stop of a pod that has ended succeeds', async () => {
    const pod = createPod({
      spec: { detach: true },
      apps: { one: { exec: sh('trap "" TERM; while :; do sleep 1; done') } },
    })
    await runToEnd(pod)
    assert.equal((await stage1(pod, 'stop', '--force')).status, 0)
    assert.equal(exitOf(pod, 'one').status, 'KILL')
    assert.deepEqual(unitsOf(pod), [])
    assert.deepEqual(await stage1(pod, 'stop'), {
      status: 0,
      signal: null,
      stdout: '{"warnings":[]}\n',
      stderr: '',
    })
  })

  test('SIGINT to the launcher stops the pod, and all of its output is still shown', async () => {
    const pod = createPod({
      apps: {
        one: { exec: sh('trap "echo stopping; exit 0" TERM; echo ready; while :; do sleep 60 & wait $!; done') },
      },
    })
    const running = launch(pod)
    await running.shows('ready')
    running.child.kill('SIGINT')
    const { status, stdout } = await running.ended
    assert.deepEqual([status, stdout], [0, 'ready\nstopping\n'])
    assert.deepEqual(unitsOf(pod), [])
  })

  test('a verb that fails gives its code, its message and its hint to stage0', async () => {
    const pod = createPod({ apps: { one: { exec: ['/bin/true'] } } })
    const file = join(pod.directory, POD_DIR.runSpec)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version":1', '"version":2'))
    const { status, stdout, stderr } = await stage1(pod, 'stop')
    assert.deepEqual([status, stderr], [254, ''])
    const { failure } = JSON.parse(stdout) as { failure: { code: string; message: string } }
    assert.equal(failure.code, 'POD_STATE')
    assert.match(failure.message, /prepared by another version of appc/)
  })

  test('the launcher keeps neither the lock nor the network namespace of a pod that runs', async () => {
    const pod = createPod({ apps: { one: { exec: sh('echo ready; exec sleep 1000') } } })
    const running = launch(pod)
    await running.shows('ready')
    const fds = `/proc/${String(running.child.pid)}/fd`
    const lock = join(pod.directory, POD_DIR.lock)
    const isOfPod = (fd: string): boolean => {
      const path = readlink(join(fds, fd))
      return path.startsWith('net:') || path === lock
    }
    while (readdirSync(fds).some(isOfPod)) await setImmediate()
    assert.equal((await stage1(pod, 'stop')).status, 0)
    await running.ended
  })

  test('kill -9 of the launcher does not end the pod', async () => {
    const pod = createPod({ apps: { one: { exec: sh('echo ready; exec sleep 1000') } } })
    const running = launch(pod)
    await running.shows('ready')
    running.child.kill('SIGKILL')
    await running.ended
    assert.equal(systemctl('is-active', `appc-${pod.id}-one.service`), 'active\n')
    assert.equal((await stage1(pod, 'stop')).status, 0)
  })

  test('the pod holds the lock exactly while it runs', async () => {
    const pod = createPod({ spec: { detach: true }, apps: { one: { exec: ['/bin/sleep', '1000'] } } })
    const free = () => {
      try {
        execFileSync('flock', ['--nonblock', join(pod.directory, POD_DIR.lock), 'true'])
        return true
      } catch {
        return false
      }
    }
    await runToEnd(pod)
    assert.equal(free(), false)
    await stage1(pod, 'stop')
    assert.equal(free(), true)
  })

  test('systemctl stop ends the pod like stop', async () => {
    const pod = createPod({ apps: { one: { exec: sh('echo ready; exec sleep 1000') } } })
    const running = launch(pod)
    await running.shows('ready')
    systemctl('stop', `appc-${pod.id}.service`)
    assert.equal((await running.ended).status, 143)
    assert.deepEqual(unitsOf(pod), [])
  })

  test('a running pod survives daemon-reload and daemon-reexec: its end is still recorded, and its handler still runs', async () => {
    const eventHandlers = [{ name: 'post-stop', exec: sh('echo after') }] as const
    const pod = createPod({ apps: { one: { exec: sh('echo ready; exec sleep 1000'), eventHandlers } } })
    const running = launch(pod)
    await running.shows('ready')
    systemctl('daemon-reload')
    systemctl('daemon-reexec')
    assert.equal((await stage1(pod, 'stop')).status, 0)
    const { status, stdout } = await running.ended
    assert.deepEqual([status, stdout], [143, 'ready\nafter\n'])
    assert.equal(exitOf(pod, 'one').status, 'TERM')
    assert.deepEqual(unitsOf(pod), [])
  })

  test('a drop-in for all pods takes effect', async () => {
    const directory = '/run/systemd/system/appc-.service.d'
    mkdirSync(directory, { recursive: true })
    writeFileSync(`${directory}/test.conf`, '[Service]\nOOMScoreAdjust=321\n')
    try {
      systemctl('daemon-reload')
      const { stdout } = await runToEnd(
        createPod({ apps: { one: { exec: ['/bin/cat', '/proc/self/oom_score_adj'] } } }),
      )
      assert.equal(stdout, '321\n')
    } finally {
      rmSync(directory, { recursive: true })
      systemctl('daemon-reload')
    }
  })

  test('the journal has each line with its pod, app and image', async () => {
    const pod = createPod({ spec: { podName: 'fields' }, apps: { one: { exec: sh('echo said') } } })
    await runToEnd(pod)
    const line = execFileSync('journalctl', ['--output=json', `APPC_POD_UUID=${pod.uuid}`, 'MESSAGE=said'], {
      encoding: 'utf8',
    })
    const fields = JSON.parse(line) as Record<string, string>
    assert.equal(fields['APPC_POD'], 'fields')
    assert.equal(fields['APPC_APP'], 'one')
    assert.equal(fields['APPC_IMAGE_NAME'], 'example.com/busybox:1')
    assert.equal(fields['SYSLOG_IDENTIFIER'], 'one')
    assert.equal(fields['OBJECT_SYSTEMD_UNIT'], 'appc-fields-one.service')
  })

  test('a name whose units systemd still has is an error', async () => {
    const first = createPod({
      spec: { podName: 'occupied', detach: true },
      apps: { one: { exec: ['/bin/sleep', '1000'] } },
    })
    await runToEnd(first)
    const second = createPod({ spec: { podName: 'occupied', detach: true }, apps: { one: { exec: ['/bin/true'] } } })
    const { status, stderr } = await runToEnd(second)
    assert.equal(status, 254)
    assert.match(
      stderr,
      /^appc: appc-occupied\.service: systemd has units of this name already\nhint: systemctl status/,
    )
    assert.ok(!existsSync(second.directory), 'what was refused is gone')
    const third = createPod({ spec: { podName: 'occupied', detach: true }, apps: { one: { exec: ['/bin/true'] } } })
    await stage1(third, 'stop')
    assert.equal(
      systemctl('is-active', 'appc-occupied.service'),
      'active\n',
      'stop of one pod leaves another of its name alone',
    )
    await stage1(first, 'stop')
  })

  test('gc removes the remaining units of each pod that it gets, and of no other', async () => {
    const sleeping = () => createPod({ spec: { detach: true }, apps: { one: { exec: ['/bin/sleep', '1000'] } } })
    const [first, second, other] = [sleeping(), sleeping(), sleeping()]
    await Promise.all([first, second, other].map(runToEnd))
    const { status, stdout } = await collect(first, second)
    assert.deepEqual([status, stdout], [0, '{"warnings":[]}\n'.repeat(2)])
    assert.deepEqual([unitsOf(first), unitsOf(second), unitsOf(other).length], [[], [], 6])
    await stage1(other, 'stop')
  })

  test('SPEC E7: a volume whose source is missing is an error before anything starts', async () => {
    const pod = createPod({
      apps: { one: { exec: ['/bin/true'], mounts: [{ volume: 'gone', path: '/gone' }] } },
      manifest: { volumes: [{ name: 'gone', kind: 'host', source: '/nonexistent/source' }] },
    })
    const { status, stderr } = await runToEnd(pod)
    assert.deepEqual(
      [status, stderr],
      [254, 'appc: volume gone: /nonexistent/source does not exist\nhint: namei --long /nonexistent/source\n'],
    )
  })

  test('SPEC P6: an empty volume has the requested mode and owner, and is shared by the apps', async () => {
    const mounts = [{ volume: 'shared', path: '/shared' }]
    const pod = createPod({
      apps: {
        writer: { exec: sh('echo hello >/shared/file'), mounts },
        reader: {
          exec: sh('until [ -s /shared/file ]; do usleep 1000; done; cat /shared/file; stat -c "%a %u %g" /shared'),
          mounts,
        },
      },
      manifest: { volumes: [{ name: 'shared', kind: 'empty', mode: '0770', uid: 5, gid: 6 }] },
    })
    const { stdout } = await runToEnd(pod)
    assert.equal(stdout, 'hello\n770 5 6\n')
    assert.equal(statSync(`${pod.directory}/sharedVolumes/shared`).uid, 5)
  })

  test('SPEC O1, O2: kernel file systems, devices and files of appc are in every root', async () => {
    const script = `for n in null zero full random urandom tty console; do [ -c /dev/$n ] || echo no $n; done
      for n in pts shm mqueue; do [ -d /dev/$n ] || echo no $n; done
      [ -e /dev/ptmx ] && [ -d /proc/self ] && [ -d /sys/kernel ] || echo no kernel file systems
      cat /etc/hostname; grep -c localhost /etc/hosts; readlink /etc/mtab
      touch /sys/x 2>/dev/null && echo sys is writable; echo 1 2>/dev/null >/proc/sys/kernel/domainname && echo proc is writable
      head -c 1 /proc/kcore | wc -c`
    const pod = createPod({ spec: { hostname: 'its-name' }, apps: { one: { exec: sh(script) } } })
    const { stdout, stderr } = await runToEnd(pod)
    assert.equal(stdout, 'its-name\n2\n../proc/self/mounts\n0\n', stderr)
  })

  test('interactive: a terminal of the same size, whose Ctrl-C reaches the app and not appc', async () => {
    const script = `tty; stty size; echo $TERM; test -t 0 -a -t 1 -a -t 2 && echo all three
      trap 'echo interrupted; exit 5' INT; read line; echo "read $line"; echo ready; while :; do sleep 60 & wait $!; done`
    const pod = createPod({ spec: { interactive: true }, apps: { one: { exec: sh(script) } } })
    const running = launchInTerminal(pod)
    await running.shows('all three')
    running.child.stdin?.write('typed\r')
    await running.shows('ready')
    running.child.stdin?.write('\x03')
    const { status, stdout } = await running.ended
    const lines = stdout.replaceAll('\r', '').split('\n')
    assert.equal(status, 5, stdout)
    assert.match(lines[0] ?? '', /^\/dev\/(pts\/\d+|console)$/)
    assert.deepEqual(lines.slice(1), [
      '31 97',
      'vt100',
      'all three',
      'typed',
      'read typed',
      'ready',
      '^Cinterrupted',
      '',
    ])
    assert.deepEqual(unitsOf(pod), [])
  })

  test('enter: a command in the app’s root, with its status', async () => {
    const pod = createPod({
      spec: { detach: true, hostname: 'entered' },
      apps: { one: { exec: ['/bin/sleep', '1000'] } },
    })
    await runToEnd(pod)
    const { status, stdout } = await stage1(pod, 'enter', 'one', '--', '/bin/sh', '-c', 'hostname; exit 6')
    assert.deepEqual([status, stdout], [6, 'entered\n'])
    await stage1(pod, 'stop')
  })
})
