import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { APPC_INIT, InPod, cannotRun, command } from '../helpers/in-pod.js'

const sh = (script: string) => ['sh', '-c', script]
const parentOf = (pid: string | undefined) =>
  /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]

/** Whether the process waits in poll(2) or ppoll(2), by the numbers of these system calls. */
const isPolling = (pid: number | undefined) => /^(7|271) /.test(readFileSync(`/proc/${String(pid)}/syscall`, 'utf8'))

function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('appc-init pod', { skip: cannotRun() }, () => {
  test('the pod init is the main process of the unit, small, and PID 1 of the pod', async () => {
    using pod = new InPod({})
    assert.equal(pod.start().status, 0)
    const { MainPID, ActiveState } = pod.show(pod.unit)
    assert.equal(ActiveState, 'active')
    assert.equal(pod.read('pid'), `${String(MainPID)}\n`)
    assert.equal(parentOf(MainPID), '1')
    assert.match(readFileSync(`/proc/${String(MainPID)}/status`, 'utf8'), /^NSpid:.*\t1$/m)
    const pss = (): number =>
      Number(/^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${String(MainPID)}/smaps_rollup`, 'utf8'))?.[1])
    // The pod init gives back the memory of its start after a moment without work. How much of the
    // program file the kernel maps at once depends on the page cache.
    while (pss() >= 768) await setImmediate()
    const open = readdirSync(`/proc/${String(MainPID)}/fd`).map((fd) =>
      readlinkSync(`/proc/${String(MainPID)}/fd/${fd}`),
    )
    // nothing of the host but the lock, a listening socket, and a socket to journald
    assert.deepEqual(open.map((path) => path.replace(/^socket:.*/, 'socket')).sort(), [
      join(pod.directory, 'lock'),
      'anon_inode:[signalfd]',
      'socket',
      'socket',
    ])
  })

  test('the pod init has no capabilities, cannot gain any, and has its own seccomp filter', () => {
    using pod = new InPod({})
    pod.start()
    const status = (pid: string) => readFileSync(`/proc/${pid}/status`, 'utf8')
    const own = status(String(pod.show(pod.unit)['MainPID']))
    assert.equal(own.match(/^Cap(Inh|Prm|Eff|Bnd|Amb):\t0{16}$/gm)?.length, 5)
    assert.match(own, /^NoNewPrivs:\t1$/m)
    // if systemd itself has filters, all of its children have them too
    const filters = (text: string) => Number(/^Seccomp_filters:\t(\d+)$/m.exec(text)?.[1])
    assert.equal(filters(own), filters(status('1')) + 1)
  })

  test('the program that starts the pod init does not end before systemd has acted on its message', async () => {
    using pod = new InPod({})
    const socket = join(pod.directory, 'notify')
    // keeps the sent messages in the socket, and reads none
    const words = ['--datagram', `--listen=${socket}`, 'sleep', '1000']
    const manager = spawn('systemd-socket-activate', words, { stdio: 'ignore' })
    while (!existsSync(socket)) await setImmediate()
    const starter = spawn(APPC_INIT, ['pod', pod.directory], { env: { NOTIFY_SOCKET: socket }, stdio: 'ignore' })
    const ended = once(starter, 'exit')
    while (!existsSync(join(pod.directory, 'pid')) && starter.exitCode === null) await setImmediate()
    while (starter.exitCode === null && !isPolling(starter.pid)) await setImmediate()
    assert.equal(starter.exitCode, null)
    // closing the socket discards all messages in it
    manager.kill('SIGKILL')
    assert.deepEqual(await ended, [0, null])
    process.kill(Number(pod.read('pid')), 'SIGKILL')
  })

  test('a stop that reaches the program that starts the pod init ends the pod init', async () => {
    using pod = new InPod({})
    const socket = join(pod.directory, 'notify')
    const manager = spawn('systemd-socket-activate', ['--datagram', `--listen=${socket}`, 'sleep', '1000'], {
      stdio: 'ignore',
    })
    while (!existsSync(socket)) await setImmediate()
    const starter = spawn(APPC_INIT, ['pod', pod.directory], { env: { NOTIFY_SOCKET: socket }, stdio: 'ignore' })
    const ended = once(starter, 'exit')
    // The program blocks its signals, sends its message, then waits for the receipt.
    const blocked = () => /^SigBlk:\t.*4007$/m.test(readFileSync(`/proc/${String(starter.pid)}/status`, 'utf8'))
    while (!existsSync(join(pod.directory, 'pid')) || !blocked() || !isPolling(starter.pid)) await setImmediate()
    starter.kill('SIGTERM')
    manager.kill('SIGKILL')
    assert.deepEqual(await ended, [0, null])
    const init = Number(pod.read('pid'))
    while (isAlive(init)) await setImmediate()
  })

  describe('the network namespace', () => {
    const networkOf = (pid: string | undefined) => readlinkSync(`/proc/${String(pid)}/ns/net`)

    test('is the one that the launcher holds', () => {
      const launcher = spawn('unshare', ['--net', 'sleep', '1000'], { stdio: 'ignore' })
      try {
        while (networkOf(String(launcher.pid)) === networkOf('self')) continue
        const fd = openSync(`/proc/${String(launcher.pid)}/ns/net`, 'r')
        using pod = new InPod({}, { network: { join: { pid: process.pid, fd } } })
        assert.equal(pod.start().status, 0)
        closeSync(fd)
        assert.equal(networkOf(pod.show(pod.unit)['MainPID']), networkOf(String(launcher.pid)))
      } finally {
        launcher.kill('SIGKILL')
      }
    })

    test('is a new one, with loopback, where the launcher is gone', () => {
      using pod = new InPod({}, { network: { join: { pid: process.pid, fd: 1 } } })
      pod.closeLock()
      assert.equal(pod.start().status, 0)
      const { MainPID } = pod.show(pod.unit)
      assert.notEqual(networkOf(MainPID), networkOf('self'))
      assert.match(readFileSync(`/proc/${String(MainPID)}/net/if_inet6`, 'utf8'), /^0{31}1 .* lo$/m)
    })

    test('is refused if the descriptor is none', () => {
      using pod = new InPod({}, { network: { join: { pid: process.pid, fd: 1 } } })
      assert.notEqual(pod.start().status, 0)
      assert.equal(pod.journal().at(-1)?.MESSAGE, `appc: pod ${pod.uuid}: network namespace: invalid argument`)
    })
  })

  test('the lock passes from the launcher to the pod and is free when the pod has ended', () => {
    using pod = new InPod({})
    pod.start()
    pod.closeLock()
    const tryLock = () =>
      command('flock', '--nonblock', '--conflict-exit-code', '9', join(pod.directory, 'lock'), 'true').status
    assert.equal(tryLock(), 9)
    assert.equal(command('systemctl', 'stop', pod.unit).status, 0)
    assert.equal(pod.show(pod.unit)['Result'], 'success')
    assert.equal(tryLock(), 0)
  })

  test('a pod whose launcher has ended acquires the lock itself', () => {
    using pod = new InPod({})
    pod.closeLock()
    assert.equal(pod.start().status, 0)
    assert.equal(
      command('flock', '--nonblock', '--conflict-exit-code', '9', join(pod.directory, 'lock'), 'true').status,
      9,
    )
  })

  test('a pod whose lock another process holds does not start', () => {
    using pod = new InPod({}, { lock: { pid: 1, fd: 12345 } })
    assert.notEqual(pod.start().status, 0)
    assert.equal(pod.show(pod.unit)['ExecMainStatus'], '254')
    assert.equal(pod.journal().at(-1)?.MESSAGE, `appc: pod ${pod.uuid}: pod lock: is held by another process`)
    assert.equal(pod.read('pid'), '')
  })

  test('a missing volume source fails the start in one line that names mount point, app and source', () => {
    const mount = {
      op: 'bind',
      from: 'host',
      source: '/no/such',
      target: '/data',
      recursive: true,
      readOnly: false,
      flags: [],
    } as const
    using pod = new InPod({ redis: { mounts: [mount] } })
    assert.notEqual(pod.start().status, 0)
    const said = pod.journal().map(({ MESSAGE }) => MESSAGE)
    assert.deepEqual(said, [
      `appc: pod ${pod.uuid}: mount point /data of app redis: source /no/such: no such file or directory`,
    ])
    assert.equal(pod.read('pid'), '')
  })

  test('the overlay works with colons, commas and backslashes in paths', () => {
    using pod = new InPod({ a: { exec: sh('ls /bin/busybox; exit 3') } }, {}, 'odd:name,with\\all =of it')
    assert.equal(pod.start().status, 0)
    assert.equal(pod.runApp('a').status, 3)
  })

  test('a mount point behind a hostile symlink of the image stays inside the root', () => {
    const target = '/link/below'
    using pod = new InPod({
      a: {
        exec: sh('cat /link/below/in; ls -d /etc/escaped'),
        mounts: [
          {
            op: 'bind',
            from: 'host',
            source: '/etc/machine-id',
            target: '/up/machine-id',
            recursive: false,
            readOnly: true,
            flags: [],
          },
          { op: 'filesystem', type: 'tmpfs', target, flags: [], options: ['mode=0755'] },
          { op: 'file', target: `${target}/in`, content: 'inside\n', mode: 0o644, ifMissing: false, readOnly: false },
        ],
      },
    })
    symlinkSync('/etc/escaped', join(pod.image, 'link'))
    symlinkSync('../../../../../../../../tmp', join(pod.image, 'up'))
    assert.equal(pod.start().status, 0)
    assert.match(pod.runApp('a').journal, /inside\n\/etc\/escaped/)
    assert.equal(command('ls', '/etc/escaped', '/tmp/machine-id').stdout, '')
  })

  test('binds, masks, files and read-only paths are as planned', () => {
    const base = { op: 'bind', from: 'host', recursive: false, flags: [] } as const
    using pod = new InPod(
      {
        a: {
          exec: sh(
            'for path in /ro/x /rw/x /proc/sys/kernel/hostname /x /fixed; do (echo 1 >$path) 2>/dev/null && echo $path written; done; ' +
              'cat /file /made /kept; ls -A /bin-of-image; cat /masked; readlink /link; stat -c %a /dir; ls /shared',
          ),
          mounts: [
            { ...base, source: '/var/lib/appc/test-in-pod/source', target: '/ro', readOnly: true },
            { ...base, source: '/var/lib/appc/test-in-pod/source', target: '/rw', readOnly: false },
            { ...base, source: '/var/lib/appc/test-in-pod/source/one', target: '/file', readOnly: true },
            { ...base, from: 'pod', source: '/common', target: '/shared', readOnly: false },
            { op: 'file', target: '/made', content: 'made\n', mode: 0o600, ifMissing: true, readOnly: false },
            { op: 'file', target: '/kept', content: 'ours\n', mode: 0o600, ifMissing: true, readOnly: false },
            { op: 'file', target: '/fixed', content: 'fixed\n', mode: 0o644, ifMissing: false, readOnly: true },
            { op: 'directory', target: '/dir', mode: 0o1777 },
            { op: 'symlink', target: '/link', to: 'elsewhere', ifMissing: false },
            { op: 'directory', target: '/bin-of-image', mode: 0o755 },
            { op: 'mask', target: '/bin-of-image' },
            { op: 'mask', target: '/masked' },
            { op: 'mask', target: '/not/there' },
            { op: 'readonly', target: '/proc/sys' },
            { op: 'readonly', target: '/' },
          ],
        },
      },
      { shared: [{ op: 'directory', target: '/common/of-the-pod', mode: 0o755 }] },
    )
    mkdirSync('/var/lib/appc/test-in-pod/source', { recursive: true })
    writeFileSync('/var/lib/appc/test-in-pod/source/one', 'one\n')
    writeFileSync(join(pod.image, 'masked'), 'secret\n')
    writeFileSync(join(pod.image, 'kept'), 'kept\n')
    assert.equal(pod.start().status, 0)
    const { journal } = pod.runApp('a')
    assert.equal(journal, '/rw/x written\none\nmade\nkept\nelsewhere\n1777\nof-the-pod')
  })

  test('SPEC E6: a warning names what a mount hides or replaces', () => {
    const base = {
      op: 'bind',
      from: 'host',
      source: '/var/lib/appc/test-in-pod/empty',
      recursive: false,
      readOnly: false,
      flags: [],
    } as const
    using pod = new InPod({
      a: {
        mounts: [
          { ...base, target: '/etc' },
          { ...base, target: '/occupied' },
          { ...base, target: '/new' },
        ],
      },
    })
    mkdirSync('/var/lib/appc/test-in-pod/empty', { recursive: true })
    writeFileSync(join(pod.image, 'occupied'), 'a file')
    assert.equal(pod.start().status, 0)
    const said = pod.journal().map(({ PRIORITY, MESSAGE }) => `${PRIORITY} ${MESSAGE}`)
    const prefix = `4 appc: pod ${pod.uuid}: mount point`
    assert.deepEqual(said, [
      `${prefix} /etc of app a: hides what the image has there`,
      `${prefix} /occupied of app a: a directory takes the place of a file of the image`,
    ])
  })

  test('SPEC E10: loopback is up', () => {
    using pod = new InPod({ a: { exec: ['busybox', 'ping', '-c', '1', '127.0.0.1'], capabilities: ['CAP_NET_RAW'] } })
    pod.start()
    assert.equal(pod.runApp('a').status, 0)
  })

  test('nothing in the pod can end it by a signal, and orphans leave no zombies', () => {
    using pod = new InPod({
      a: {
        exec: sh(
          'kill -TERM 1; kill -KILL 1; for i in a b; do (sh -c ": >/tmp/\\$0; exec sleep 0" $i &); done; ' +
            'until [ -e /tmp/a -a -e /tmp/b ]; do :; done; while ps | grep -qE "(sleep 0( [ab])?|\\])$"; do :; done; ps; exit 4',
        ),
      },
    })
    pod.start()
    const { status, journal } = pod.runApp('a')
    assert.equal(status, 4)
    assert.doesNotMatch(journal, /(sleep 0( [ab])?|\])$/m)
    assert.equal(pod.show(pod.unit)['ActiveState'], 'active')
  })

  test('CVE-2019-5736: the program of the pod init cannot be opened for writing through /proc', () => {
    const open = 'for flag in ">" ">>" "1<>"; do eval "true $flag /proc/1/exe" && echo written; done; true'
    using pod = new InPod({
      a: { exec: sh(open), capabilities: ['CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_SYS_ADMIN'] },
    })
    pod.start()
    const { status, journal } = pod.runApp('a')
    assert.equal(status, 0)
    assert.match(journal, /Read-only file system/)
    assert.doesNotMatch(journal, /written/)
  })

  test('wrong usage gives exit status 2', () => {
    const { status, stderr } = command(APPC_INIT, 'handler', '/', 'a', 'sometimes')
    assert.equal(status, 2)
    assert.match(stderr, /^usage: appc-init pod DIR\n/)
  })
})
