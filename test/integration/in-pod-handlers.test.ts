import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { spawnSync } from 'node:child_process'
import type { AppExit } from '#schema/status.js'
import { APPC_INIT, InPod, cannotRun, command } from '../helpers/in-pod.js'

const sh = (script: string) => ['sh', '-c', script]
const skip = cannotRun()

const preStartProperty = (pod: InPod, app: string) =>
  `--property=ExecStartPre=${APPC_INIT} handler ${pod.directory} ${app} pre-start`
const postStopProperties = (pod: InPod, app: string) => [
  `--property=ExecStopPost=${APPC_INIT} exited ${pod.directory} ${app}`,
  `--property=ExecStopPost=${APPC_INIT} handler ${pod.directory} ${app} post-stop`,
]
const exitRecord = (pod: InPod, app: string) => JSON.parse(pod.read(`status/${app}`)) as AppExit

describe('appc-init handler', { skip }, () => {
  test('SPEC E14: handlers run as root in the root, environment and volumes of the app, before and after it', () => {
    using pod = new InPod({
      a: {
        exec: sh('cat /tmp/before; id -u; echo main >/tmp/main; exit 3'),
        user: 'web',
        group: 'web',
        environment: ['PATH=/bin', 'A=value'],
        preStart: sh('echo pre $A >/tmp/before; busybox chmod 777 /tmp; id -u'),
        postStop: sh('echo post $A; cat /tmp/main'),
      },
    })
    pod.start()
    assert.equal(pod.startApp('a', '--wait', preStartProperty(pod, 'a'), ...postStopProperties(pod, 'a')).status, 3)
    assert.deepEqual(
      pod.journal('a').map(({ SYSLOG_IDENTIFIER, MESSAGE }) => `${SYSLOG_IDENTIFIER}: ${MESSAGE}`),
      ['a: 0', 'a: pre value', 'a: 33', 'a: post value', 'a: main'],
    )
  })

  test('SPEC E14: a failing pre-start handler keeps the app from starting; post-stop runs all the same', () => {
    using pod = new InPod({ a: { exec: sh('echo main'), preStart: sh('exit 9'), postStop: sh('echo post') } })
    pod.start()
    assert.notEqual(pod.startApp('a', preStartProperty(pod, 'a'), ...postStopProperties(pod, 'a')).status, 0)
    assert.deepEqual(
      pod.journal('a').map(({ MESSAGE }) => MESSAGE),
      ['post'],
    )
    const { code, status, preStart } = exitRecord(pod, 'a')
    assert.deepEqual({ code, status, preStart }, { code: null, status: null, preStart: 9 })
    assert.equal(pod.read('status/a-started'), '')
  })

  test('a handler that a signal kills gives 128 and its number; a missing program is an error', () => {
    using pod = new InPod({ a: { preStart: sh('kill -KILL $$'), postStop: ['gone'] } })
    pod.start()
    assert.equal(pod.runHandler('a', 'pre-start').status, 137)
    const { status, journal } = pod.runHandler('a', 'post-stop')
    assert.match(journal, /^appc: app a: post-stop handler: program "gone": not found in PATH \(\/bin\)$/m)
    assert.equal(status, 254)
  })

  test("without the pod a handler is an error, even if another process has the pod's PID now", () => {
    using pod = new InPod({ a: { postStop: ['true'] } })
    const assertGone = () => {
      const { status, journal } = pod.runHandler('a', 'post-stop')
      assert.match(journal, /^appc: app a: post-stop handler: pod: is not running$/m)
      assert.equal(status, 254)
    }
    assertGone()
    pod.write('pid', process.pid)
    assertGone()
  })
})

describe('appc-init exited', { skip }, () => {
  test('the exit record of an app has the values of systemd', () => {
    using pod = new InPod({
      code: { exec: sh('exit 7') },
      killed: { exec: sh('kill -SEGV $$') },
      good: { exec: ['true'] },
      bad: { exec: ['gone'] },
    })
    pod.start()
    const recordOf = (app: string) => {
      pod.startApp(app, '--wait', ...postStopProperties(pod, app))
      const { finishedAt, monotonic, ...rest } = exitRecord(pod, app)
      assert.ok(BigInt(finishedAt) > 1_700_000_000_000_000_000n)
      assert.match(monotonic, /^\d+$/)
      return rest
    }
    assert.deepEqual(recordOf('code'), { code: 'exited', status: 7, result: 'exit-code' })
    assert.deepEqual(recordOf('good'), { code: 'exited', status: 0, result: 'success' })
    assert.deepEqual(recordOf('bad'), { code: 'exited', status: 254, result: 'exit-code' })
    const { code, status } = recordOf('killed')
    assert.match(String(code), /^(killed|dumped)$/)
    assert.equal(status, 'SEGV')
  })
})

describe('appc-init enter', { skip }, () => {
  test('a command runs in the app as root, confined like it, and gives its exit status', () => {
    using pod = new InPod({ a: { user: 'web', group: 'web', environment: ['PATH=/bin', 'A=b', 'TERM=plan'] } })
    pod.start()
    pod.startApp('a')
    const script =
      'id -u; echo $A $TERM; grep CapEff /proc/self/status; ls /proc/$$/fd | busybox head -3; cat >&2; exit 9'
    const outcome = spawnSync(APPC_INIT, ['enter', pod.directory, 'a', '--', 'sh', '-c', script], {
      input: 'in\n',
      encoding: 'utf8',
      env: { TERM: 'mine', SECRET: 'of the operator' },
    })
    assert.equal(outcome.stdout, '0\nb mine\nCapEff:\t0000000000000021\n0\n1\n2\n')
    assert.equal(outcome.stderr, 'in\n')
    assert.equal(outcome.status, 9)
  })

  test("a command has the limits of the app's unit, not the operator's", () => {
    using pod = new InPod({ a: {} })
    pod.start()
    pod.startApp('a', '--property=LimitNOFILE=300:400', '--property=LimitCORE=0')
    assert.equal(pod.enter('a', 'sh', '-c', 'ulimit -Sn; ulimit -Hn; ulimit -Hc').stdout, '300\n400\n0\n')
  })

  test('signals are forwarded to the command; a command that a signal kills gives 128 and its number', async () => {
    using pod = new InPod({ a: {} })
    pod.start()
    pod.startApp('a')
    const child = pod.enterAsync('a', 'sh', '-c', 'trap "exit 33" TERM; echo ready; while :; do :; done')
    assert.ok(child.stdout)
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [33, null])
    assert.equal(pod.enter('a', 'sh', '-c', 'kill -KILL $$').status, 137)
  })

  test('at a terminal the command has a terminal of the pod', () => {
    using pod = new InPod({ a: {} })
    pod.start()
    pod.startApp('a')
    const enter = `${APPC_INIT} enter ${pod.directory} a -- sh -c 'tty; readlink /proc/self/fd/0; exit 6'`
    // an input that does not end: at the end of its input script(1) types an end-of-file character,
    // which the terminal may show
    const input = join(pod.directory, 'input')
    command('mkfifo', input)
    const stdin = openSync(input, 'r+')
    const { status, stdout } = spawnSync('script', ['--quiet', '--return', '--command', enter, '/dev/null'], {
      encoding: 'utf8',
      stdio: [stdin, 'pipe', 'inherit'],
    })
    closeSync(stdin)
    assert.match(stdout, /\/dev\/pts\/0\r+\n\/dev\/pts\/0/)
    assert.equal(status, 6)
  })

  test('every process that enters the pod is undumpable before its creation, and the last one has no descriptors of the caller', () => {
    using pod = new InPod({ a: {} })
    pod.start()
    pod.startApp('a')
    const trace = join(pod.directory, 'trace')
    const enter = [APPC_INIT, 'enter', pod.directory, 'a', '--', 'true']
    assert.equal(command('strace', '-f', '-e', 'trace=prctl,clone3,close_range', '-o', trace, ...enter).status, 0)
    const calls = readFileSync(trace, 'utf8').split('\n')
    const undumpable = calls.findIndex((call) => call.includes('prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)'))
    const firstClone = calls.findIndex((call) => call.includes('clone3('))
    assert.ok(undumpable !== -1 && undumpable < firstClone, calls.join('\n'))
    const lastClone = calls.findLastIndex((call) => call.includes('clone3('))
    assert.ok(
      calls.slice(lastClone).some((call) => /close_range\(\d+, \d+, 0\)/.test(call)),
      calls.join('\n'),
    )
  })

  test('a missing command, app or pod is an error that names it', () => {
    using pod = new InPod({ a: {} })
    assert.equal(pod.enter('a', 'sh').stderr, 'appc: app a: pod: is not running\n')
    pod.start()
    assert.match(pod.enter('a', 'sh').stderr, /^appc: app a: is not running: \S+ has no control group\n$/)
    pod.startApp('a')
    const { stderr, status } = pod.enter('a', 'bash')
    assert.equal(stderr, 'appc: app a: program "bash": not found in PATH (/bin)\n')
    assert.equal(status, 254)
    assert.match(pod.enter('b', 'sh').stderr, /^appc: .*stage1\/apps\/b\.json: no such file or directory\n$/)
  })
})
