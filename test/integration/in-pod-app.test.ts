import assert from 'node:assert/strict'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import type { AppPlan } from '../../stage1/plan/pod-plan.js'
import { InPod, cannotRun, type TestApp } from '../helpers/in-pod.js'

const sh = (script: string) => ['sh', '-c', script]

/** Runs one app in its own pod; `prepare` may change its image before. */
const run = (app: TestApp, prepare: (pod: InPod) => void = () => undefined) => {
  using pod = new InPod({ a: app })
  prepare(pod)
  assert.equal(pod.start().status, 0)
  return pod.runApp('a')
}

describe('appc-init app', { skip: cannotRun() }, () => {
  test('systemd has the app as the main process of its unit and knows its exit status', () => {
    using pod = new InPod({ a: {}, b: { exec: sh('exit 7') } })
    pod.start()
    assert.equal(pod.startApp('a').status, 0)
    const { MainPID } = pod.show(pod.appUnit('a'))
    const status = readFileSync(`/proc/${String(MainPID)}/status`, 'utf8')
    assert.match(status, /^Name:\tsleep$/m)
    assert.match(status, /^PPid:\t1$/m)
    assert.match(status, /^NSpid:(\t\d+)+\t\d+$/m)
    assert.ok(statSync(join(pod.directory, 'status/a-started')).isFile())
    assert.equal(pod.startApp('b', '--wait').status, 7)
    const { ExecMainStatus, Result } = pod.show(pod.appUnit('b'))
    assert.deepEqual([ExecMainStatus, Result], ['7', 'exit-code'])
  })

  test('the apps of a pod share PIDs, host name and network, and each has its own root', () => {
    const script = sh('echo mine >/tmp/a; readlink /proc/self/ns/net; readlink /proc/1/ns/net; hostname; ps; ls /tmp')
    using pod = new InPod({ a: { exec: script, capabilities: ['CAP_SYS_PTRACE'] }, b: { exec: ['sleep', '1234'] } })
    pod.start()
    pod.startApp('b')
    const [own, init, ...rest] = pod.runApp('a').journal.split('\n')
    assert.equal(own, init)
    assert.match(rest.join('\n'), /^in-pod\n[^]*sleep 1234$/m)
    assert.equal(rest.at(-1), 'a')
    assert.equal(pod.enter('b', 'ls', '/tmp').stdout, '')
  })

  test('an app that ends at once still has a start record', () => {
    const names = Array.from({ length: 8 }, (_, index) => `a${index}`)
    using pod = new InPod(Object.fromEntries(names.map((name) => [name, { exec: ['true'] }])))
    pod.start()
    for (const name of names) assert.equal(pod.startApp(name).status, 0)
    for (const name of names) assert.ok(statSync(join(pod.directory, `status/${name}-started`)).isFile())
  })

  test('SPEC E11: output is in the journal under the identifier: 6 for stdout, 3 for stderr, N for <N>', () => {
    using pod = new InPod({ a: { exec: sh('echo out; echo err >&2; echo "<2>own"') } })
    const plan = JSON.parse(pod.read(POD_DIR.appPlan('a'))) as AppPlan
    const journalFields = ['SYSLOG_IDENTIFIER=my-name', `OBJECT_SYSTEMD_UNIT=${pod.appUnit('a')}`]
    pod.write(POD_DIR.appPlan('a'), { ...plan, journalFields })
    pod.start()
    pod.startApp('a', '--wait')
    const entries = pod.journal('a').map((entry) => `${entry.SYSLOG_IDENTIFIER} ${entry.PRIORITY} ${entry.MESSAGE}`)
    assert.deepEqual(entries.sort(), ['my-name 3 err', 'my-name 6 <2>own', 'my-name 6 out'])
  })

  test('nothing of the host leaks in: descriptors, mounts, environment, signal dispositions', () => {
    const exec = sh('ls /proc/$$/fd; cat /proc/$$/mounts /proc/self/status; busybox env')
    const { journal } = run({ exec, environment: ['PATH=/bin', 'A=b c'] })
    assert.match(journal, /^0\n1\n2\noverlay /)
    const mounts = [...journal.matchAll(/^\S+ (\/\S*) \S+ \S+ 0 0$/gm)].map(([, path]) => path)
    assert.deepEqual(mounts, ['/', '/proc', '/dev', '/dev/pts'])
    assert.match(journal, /^SigBlk:\t0{16}\nSigIgn:\t0{16}$/m)
    const environment = journal.split('\n').filter((line) => /^\w+=/.test(line) && !/^(PWD|SHLVL|_)=/.test(line))
    assert.deepEqual(environment.sort(), ['A=b c', 'PATH=/bin'])
  })

  test('SPEC M5: names of the image come first, then numbers, then owners of files', () => {
    const ids = (user: string, group: string, more: Partial<TestApp> = {}) =>
      run({ exec: ['id'], user, group, ...more }, (pod) => writeFileSync(join(pod.image, 'owned'), '')).journal
    assert.match(ids('web', 'web', { supplementaryGIDs: [5, 6] }), /^uid=33\(web\) gid=34\(web\) groups=5,6$/)
    assert.match(ids('1000', '1001'), /^uid=77\(1000\) gid=1001/)
    assert.match(ids('/owned', '/owned'), /^uid=0\(root\) gid=0\(root\)/)
    const unknown = run({ exec: ['id'], user: 'nobody', group: 'web' })
    assert.equal(unknown.status, 254)
    assert.match(unknown.journal, /^appc: app a: user "nobody": is not in the image's \/etc\/passwd$/m)
    assert.match(
      run({ exec: ['id'], user: '0', group: '4294967295' }).journal,
      /group "4294967295": is too high a number$/m,
    )
    assert.match(run({ exec: ['id'], user: '/gone', group: '0' }).journal, /user "\/gone": no such file in the image/)
  })

  test('SPEC M5: a hostile /etc/passwd leads to files of the root only, and nowhere through /proc', () => {
    const hostile = (target: string) =>
      run({ exec: ['id'], user: 'evil', group: '0' }, (pod) => {
        rmSync(join(pod.image, 'etc/passwd'))
        writeFileSync(join(pod.image, 'accounts'), 'evil:x:55:55::/:/bin/sh\n')
        symlinkSync(target, join(pod.image, 'etc/passwd'))
      }).journal
    assert.match(hostile('../../../../../../accounts'), /^uid=55\(evil\) gid=0/)
    assert.match(hostile('/proc/self/root/accounts'), /user "evil": is not in the image's \/etc\/passwd$/m)
  })

  test('SPEC M8: a missing working directory fails the start; a relative program starts from it', () => {
    assert.match(
      run({ workingDirectory: '/gone' }).journal,
      /^appc: app a: working directory \/gone: no such file or directory$/m,
    )
    assert.equal(run({ exec: ['./sh', '-c', 'exit 5'], workingDirectory: '/bin' }).status, 5)
  })

  test("SPEC M4: a name is sought in the app's PATH; without one in the working directory, /bin and /usr/bin", () => {
    assert.equal(run({ exec: sh('exit 5'), environment: [] }).status, 5)
    assert.equal(run({ exec: sh('exit 5'), environment: ['PATH=/gone:/bin'] }).status, 5)
    assert.match(
      run({ exec: sh('exit 5'), environment: ['PATH=/gone:/tmp'] }).journal,
      /^appc: app a: program "sh": not found in PATH \(\/gone:\/tmp\)$/m,
    )
    const beside = run({ exec: ['p'], environment: [], workingDirectory: '/tmp' }, (pod) =>
      writeFileSync(join(pod.image, 'tmp/p'), '#!/bin/sh\nexit 6\n', { mode: 0o755 }),
    )
    assert.equal(beside.status, 6)
    const unset = /program "gone": not found in the working directory, \/bin or \/usr\/bin; PATH is not set$/m
    assert.match(run({ exec: ['gone'], environment: [] }).journal, unset)
  })

  test('SPEC M4: files that cannot be executed are skipped in PATH', () => {
    const outcome = run({ exec: ['p'], environment: ['PATH=/tmp:/bin'] }, (pod) => {
      writeFileSync(join(pod.image, 'tmp/p'), '#!/bin/sh\nexit 4\n', { mode: 0o644 })
      writeFileSync(join(pod.image, 'bin/p'), '#!/bin/sh\nexit 5\n', { mode: 0o755 })
    })
    assert.equal(outcome.status, 5)
    const only = run({ exec: ['p'], environment: ['PATH=/tmp'] }, (pod) =>
      writeFileSync(join(pod.image, 'tmp/p'), '#!/bin/sh\n', { mode: 0o644 }),
    )
    assert.match(only.journal, /program "p": \/tmp\/p cannot be executed by this user$/m)
  })

  test('a user runs what that user may run, whatever capabilities the app could have as root', () => {
    const capabilities = ['CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_SETUID']
    const closed = (user: string) =>
      run({ exec: ['/closed/p'], user, group: user, capabilities }, (pod) => {
        mkdirSync(join(pod.image, 'closed'), { mode: 0o700 })
        writeFileSync(join(pod.image, 'closed/p'), '#!/bin/sh\nexit 5\n', { mode: 0o755 })
      })
    assert.equal(closed('root').status, 5)
    const { status, journal } = closed('web')
    assert.equal(status, 254)
    assert.match(journal, /program \/closed\/p: cannot be looked up: permission denied$/m)
  })

  test('the reason why a program cannot be executed is reported, and the unit fails', () => {
    const elf = readFileSync('/bin/true')
    const foreign = Buffer.from(elf)
    foreign.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18)
    const cases: [string, string | Buffer | null, number, RegExp][] = [
      ['/gone', null, 0, /program \/gone: there is no such file in the image$/m],
      ['/etc', null, 0, /program \/etc: is a directory$/m],
      ['/dev/null', null, 0, /program \/dev\/null: is not a regular file$/m],
      ['/p', 'x', 0o644, /program \/p: is not executable \(mode 0644\)$/m],
      ['/p', '#!/bin/bash -e\n', 0o755, /program \/p: its interpreter \/bin\/bash \(#! line\) is not in the image$/m],
      ['/p', elf, 0o755, /program \/p: its interpreter \/lib\S+ \(dynamic loader\) is not in the image$/m],
      ['/p', foreign, 0o755, /program \/p: is built for (aarch64|amd64), this machine is \w+$/m],
      ['/p', 'hello', 0o755, /program \/p: is neither an ELF program nor a script with a #! line$/m],
    ]
    for (const [program, content, mode, message] of cases) {
      const outcome = run({ exec: [program] }, (pod) => {
        if (content === null) return
        writeFileSync(join(pod.image, program), content)
        chmodSync(join(pod.image, program), mode)
      })
      assert.match(outcome.journal, message)
      assert.equal(outcome.status, 254)
    }
  })

  test('capabilities: those of the plan for root, none for other users, and no others to gain', () => {
    const exec = ['grep', '-E', '^(Cap|NoNew)', '/proc/self/status']
    const root = run({ exec, noNewPrivileges: true }).journal
    assert.equal(root.match(/^Cap(Prm|Eff|Bnd):\t0{14}21$/gm)?.length, 3)
    assert.match(root, /^CapInh:\t0{16}$[^]*^CapAmb:\t0{16}$[^]*^NoNewPrivs:\t1$/m)
    const web = run({ exec, user: 'web', group: 'web' }).journal
    assert.equal(web.match(/^Cap(Inh|Prm|Eff|Amb):\t0{16}$/gm)?.length, 4)
    assert.match(web, /^CapBnd:\t0{14}21$[^]*^NoNewPrivs:\t0$/m)
    assert.match(run({ exec, capabilities: ['CAP_FLY'] }).journal, /^appc: app a: capability CAP_FLY: is unknown$/m)
  })

  test('a seccomp filter holds for users without rights, and without no_new_privs', () => {
    const filter = {
      otherwise: 'allow',
      rules: [{ calls: ['mkdir', 'mkdirat', 'setuid', 'capset'], action: 95 }],
    } as const
    const app = { exec: ['busybox', 'mkdir', '/tmp/x'], user: 'web', group: 'web', seccomp: 'stage1/apps/a.bpf' }
    const { journal, status } = run(app, (pod) => {
      writeFileSync(join(pod.directory, 'stage1/apps/a.bpf'), native.compileSeccomp(filter))
    })
    assert.equal(status, 1)
    assert.match(journal, /can't create directory '\/tmp\/x': (Not supported|Operation not supported)/)
  })

  test('with a terminal the app has its own one: input, output, job control, /dev/console', async () => {
    using pod = new InPod({
      a: {
        exec: sh('tty; stat -c %u /dev/console; busybox stty size; ls /dev/pts'),
        user: 'web',
        group: 'web',
        terminal: { rows: 24, columns: 80 },
      },
    })
    pod.start()
    const coming = native.receiveTerminal(join(pod.directory, 'terminal'))
    assert.equal(pod.startApp('a', '--wait').status, 0)
    const fd = await coming
    const buffer = Buffer.alloc(4096)
    assert.equal(buffer.toString('utf8', 0, readSync(fd, buffer)), '/dev/pts/0\r\n33\r\n24 80\r\n0     ptmx\r\n')
    closeSync(fd)
  })

  test('an app sees its own control group and nothing above', () => {
    const exec = ['sh', '-c', 'cat /proc/self/cgroup; ls /sys/fs/cgroup/cgroup.procs; : >/sys/fs/cgroup/x']
    const mounts = [{ op: 'filesystem', type: 'sysfs', target: '/sys', flags: ['readonly'], options: [] }] as const
    const { journal } = run({ exec, mounts, cgroup: true })
    assert.match(journal, /^0::\/$/m)
    assert.match(journal, /^\/sys\/fs\/cgroup\/cgroup.procs$/m)
    assert.match(journal, /Read-only file system/)
  })
})
