import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { shell } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'

/** The 14 default capabilities of an app, by number (linux/capability.h). */
const DEFAULT_CAPABILITIES = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31]
const MASK = DEFAULT_CAPABILITIES.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n)
  .toString(16)
  .padStart(16, '0')

describe('the environment of an app', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const sh = (script: string, ...options: string[]): string[] => [
    box,
    ...options,
    '--exec=/bin/sh',
    '--',
    '-c',
    script,
    '---',
  ]
  /** The lines that a script prints in a pod. */
  async function outputOf(script: string, ...options: string[]): Promise<string[]> {
    const seen = await host.run(...sh(script, ...options))
    assert.equal(seen.status, 0, seen.stderr)
    return seen.stdout.split('\n').slice(0, -1)
  }

  describe('variables', () => {
    test('inherit-env < image < set-env-file < set-env < environment', async () => {
      const image = host.image({
        name: 'env',
        app: { environment: ['B', 'C', 'D', 'E'].map((name) => ({ name, value: 'image' })) },
      })
      const file = join(host.scratch, 'variables')
      writeFileSync(file, '# of the file\nC=file\nD=file\nE=file\n')
      const inherited = Object.fromEntries(['A', 'B', 'C', 'D', 'E'].map((name) => [name, 'inherited']))
      const seen = await host.appc(
        [
          ...['run', '--inherit-env', `--set-env-file=${file}`, '--set-env=D=set', '--set-env=E=set'],
          ...[image, '--environment=E=environment', '--exec=/bin/sh', '--', '-c', 'echo "$A $B $C $D $E"'],
        ],
        { env: inherited },
      )
      assert.equal(seen.stdout, 'inherited image file set environment\n', seen.stderr)
    })

    test('SPEC E12: the defaults, and no variables of the caller', async () => {
      const seen = await host.appc(['run', ...sh('env', '--name=app')], { env: { CALLER: 'x' } })
      const lines = seen.stdout.trim().split('\n')
      const variables = new Map(lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]))
      assert.equal(variables.get('PATH'), '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
      assert.equal(variables.get('AC_APP_NAME'), 'app')
      assert.equal(variables.get('container'), 'appc')
      for (const name of ['CALLER', 'NOTIFY_SOCKET', 'INVOCATION_ID', 'JOURNAL_STREAM', 'MAINPID']) {
        assert.equal(variables.get(name), undefined, name)
      }
    })

    test('SPEC E12: the image’s own PATH is respected, and used to find the program', async () => {
      const image = host.image({
        name: 'path',
        files: { 'opt/tool': { content: '#!/bin/sh\necho found $PATH\n', mode: 0o755 } },
        app: { exec: ['tool'], environment: [{ name: 'PATH', value: '/opt:/bin' }] },
      })
      assert.equal((await host.run(image)).stdout, 'found /opt:/bin\n')
    })

    test('values are passed unchanged', async () => {
      const value = ' a  "b" \\ $HOME %n\n\tü'
      const seen = await host.run(box, `--environment=ODD=${value}`, '--exec=/bin/sh', '--', '-c', 'printf %s "$ODD"')
      assert.equal(seen.stdout, value, seen.stderr)
    })
  })

  describe('SPEC M5: user and group', () => {
    const show = 'echo $(id -u):$(id -g)'
    for (const [user, group, expected] of [
      ['0', '0', '0:0'],
      ['worker', 'workers', '1001:1002'],
      ['1234', '5678', '1234:5678'],
      ['/srv/owned', '/srv/owned', '77:88'],
      ['root', 'workers', '0:1002'],
    ] as const) {
      test(`${user} and ${group}: ${expected}`, async () => {
        const image = host.image({ name: 'user', files: { 'srv/owned': { content: '', uid: 77, gid: 88 } } })
        const seen = await host.run(image, `--user=${user}`, `--group=${group}`, '--exec=/bin/sh', '--', '-c', show)
        assert.equal(seen.stdout, `${expected}\n`, seen.stderr)
      })
    }

    test('a name of digits in the image’s passwd comes before the number', async () => {
      const image = host.image({
        name: 'digits',
        files: { 'etc/passwd': '99:x:7:0::/:/bin/sh\n', 'etc/group': '98:x:8:\n' },
      })
      const seen = await host.run(image, '--user=99', '--group=98', '--exec=/bin/sh', '--', '-c', show)
      assert.equal(seen.stdout, '7:8\n', seen.stderr)
    })

    test('a missing user is an error that names the user', async () => {
      const seen = await host.run(box, '--user=nobody-here')
      assert.equal(seen.status, 254, seen.stderr)
      assert.match(seen.stderr, /nobody-here/)
    })

    test('SPEC M6: supplementary groups are exactly the requested ones', async () => {
      assert.deepEqual(await outputOf('grep Groups /proc/self/status', '--supplementary-gids=30,20'), [
        'Groups:\t20 30 ',
      ])
      assert.match((await outputOf('grep Groups /proc/self/status')).join(), /^Groups:\s*$/)
    })
  })

  describe('SPEC M8, E13: the working directory', () => {
    test('is / by default', async () => assert.deepEqual(await outputOf('pwd'), ['/']))
    test('is the requested one', async () => assert.deepEqual(await outputOf('pwd', '--working-dir=/srv'), ['/srv']))
    test('a missing directory is an error that names the directory', async () => {
      const seen = await host.run(...sh('pwd', '--working-dir=/nowhere'))
      assert.equal(seen.status, 254, seen.stderr)
      assert.match(seen.stderr, /\/nowhere/)
    })
    test('may be a volume', async () => {
      const seen = await host.run(
        '--volume=d,kind=empty',
        '--mount=volume=d,target=/new/dir',
        ...sh('pwd', '--working-dir=/new/dir'),
      )
      assert.equal(seen.stdout, '/new/dir\n', seen.stderr)
    })
  })

  describe('SPEC P1: shared namespaces', () => {
    test('apps of a pod share network, IPC, UTS and PID namespaces, none of them the host’s; each has its own root', async () => {
      const script = 'for ns in net ipc uts pid mnt; do readlink /proc/self/ns/$ns; done'
      const seen = await host.run(
        '--volume=out,kind=empty',
        '--mount=volume=out,target=/out',
        // each app runs until the other has read its namespaces: the kernel reuses the number of a
        // namespace that ended
        ...sh(`(${script}) >/out/a; mv /out/a /out/one; until [ -e /out/two ]; do :; done`, '--name=one'),
        ...sh(
          `(${script}) >/out/b; mv /out/b /out/two; until [ -e /out/one ]; do :; done; cat /out/one /out/two`,
          '--name=two',
        ),
      )
      const lines = seen.stdout.trim().split('\n')
      const [one, two] = [lines.slice(0, 5), lines.slice(5)]
      assert.equal(two.length, 5, seen.stderr + seen.stdout)
      assert.deepEqual(one.slice(0, 4), two.slice(0, 4))
      assert.notEqual(one[4], two[4])
      for (const [index, name] of ['net', 'ipc', 'uts', 'pid', 'mnt'].entries()) {
        assert.notEqual(one[index], readlinkSync(`/proc/self/ns/${name}`))
      }
    })

    test('apps see and signal each other', async () => {
      const seen = await host.run(
        '--volume=out,kind=empty',
        '--mount=volume=out,target=/out',
        ...sh(
          'trap "echo signalled; exit 0" USR1; echo $$ >/out/pid; while :; do sleep 1000 & wait $!; done',
          '--name=target',
        ),
        ...sh('until [ -s /out/pid ]; do :; done; kill -USR1 $(cat /out/pid)', '--name=sender'),
      )
      assert.equal(seen.stdout, 'signalled\n', seen.stderr)
    })

    test('the hostname is the requested one, the pod name, or made from the UUID', async () => {
      const withHostname = await host.run('--hostname=db.example', ...sh('hostname'))
      assert.equal(withHostname.stdout, 'db.example\n', withHostname.stderr)
      assert.equal((await host.run('--pod-name=named-so', ...sh('hostname'))).stdout, 'named-so\n')
      assert.match((await host.run(...sh('hostname'))).stdout, /^appc-[0-9a-f]{8}-/)
      assert.notEqual((await host.run(...sh('hostname'))).stdout, `${hostname()}\n`)
    })

    test('SPEC E10: network none is a loopback that is up, and nothing else', async () => {
      const script = 'cd /sys/class/net && ls; cat lo/flags; ping -c 1 -q 127.0.0.1 >/dev/null 2>&1; echo $?'
      const { stdout } = await host.run('--net=none', ...sh(script))
      assert.deepEqual(stdout.split('\n').slice(0, -1), ['lo', '0x9', '0'])
    })

    test('a pod without --net is on the network default', async () => {
      assert.deepEqual(await outputOf('ls /sys/class/net'), ['eth0', 'lo'])
    })

    test('network host is the host’s', async () => {
      const seen = await host.run('--net=host', ...sh('readlink /proc/self/ns/net'))
      assert.equal(seen.stdout, `${readlinkSync('/proc/self/ns/net')}\n`, seen.stderr)
    })
  })

  describe('SPEC O1: devices and file systems', () => {
    test('the usual device nodes, which work', async () => {
      const script = `for d in null zero full random urandom tty ptmx; do [ -c /dev/$d ] && echo $d; done
        [ -e /dev/console ] && echo console
        head -c 4 /dev/zero | od -An -tx1; echo x >/dev/null && echo ok; touch /dev/shm/x && echo shm; ls -d /dev/pts`
      assert.deepEqual(await outputOf(script), [
        ...['null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx', 'console'],
        ' 00 00 00 00',
        ...['ok', 'shm', '/dev/pts'],
      ])
    })

    test('/proc of its own namespace, /sys read-only', async () => {
      const [type, pids, readOnly] = await outputOf(
        `grep ' /proc proc ' /proc/mounts | cut -d' ' -f3; ls /proc | grep -c '^[0-9]'; (echo x >/sys/kernel/profiling) 2>/dev/null || echo refused`,
      )
      assert.equal(type, 'proc')
      assert.ok(Number(pids) < 10)
      assert.equal(readOnly, 'refused')
    })

    test('sensitive kernel paths are masked or read-only', async () => {
      const script = `wc -c </proc/kcore 2>/dev/null; wc -c </proc/keys; ls /sys/firmware | wc -l; wc -c </proc/timer_list 2>/dev/null
        for p in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/irq/default_smp_affinity; do
          (echo 1 >$p) 2>/dev/null && echo "written $p"; done; true`
      const lines = await outputOf(script)
      assert.deepEqual(
        lines.filter((line) => line !== '0'),
        [],
      )
    })
  })

  describe('SPEC O2: /etc/hosts', () => {
    test('has localhost where the image has no such file', async () =>
      assert.match((await outputOf('cat /etc/hosts')).join('\n'), /^127\.0\.0\.1\s.*localhost/m))
    test('of the image is unchanged', async () => {
      const image = host.image({
        name: 'hosts',
        files: { 'etc/hosts': '10.0.0.1 mine\n' },
        app: { exec: shell('cat /etc/hosts') },
      })
      assert.equal((await host.run(image)).stdout, '10.0.0.1 mine\n')
    })
  })

  describe('permissions', () => {
    test('SPEC I6: the 14 default capabilities, as root', async () => {
      const lines = await outputOf("grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status | cut -f2")
      assert.deepEqual(lines, [MASK, MASK, MASK])
    })

    test('another user has no capabilities, and can gain only the default ones', async () => {
      const lines = await outputOf("grep -E '^Cap(Prm|Eff|Bnd|Amb)' /proc/self/status | cut -f2", '--user=worker')
      const none = '0'.repeat(16)
      assert.deepEqual(lines, [none, none, MASK, none])
    })

    test('SPEC I3: a seccomp filter fails system calls with EPERM', async () => {
      const [mode, ...refusals] = await outputOf(
        `grep '^Seccomp:' /proc/self/status | cut -f2; mount -t tmpfs none /srv 2>&1; unshare -m true 2>&1; swapoff -a 2>&1; true`,
      )
      assert.equal(mode, '2')
      assert.match(refusals[0] ?? '', /not permitted|permission denied/i)
      assert.match(refusals[1] ?? '', /not permitted/i)
    })

    test('no descriptors of appc or the host', async () => {
      // the last descriptor is that of the listing itself
      assert.deepEqual(await outputOf('ls /proc/self/fd'), ['0', '1', '2', '3'])
      const [stdin] = await outputOf('readlink /proc/$$/fd/0')
      assert.equal(stdin, '/dev/null')
    })

    test('no controlling terminal', async () =>
      assert.deepEqual(await outputOf('(: </dev/tty) 2>/dev/null && echo has || echo none'), ['none']))
  })
})
