import { describe } from 'node:test'
import { canary, UP } from '../../helpers/escapes/canary.js'
import { probes, type Probe } from '../../helpers/escapes/probes.js'
import { noPods, podHost } from '../../helpers/pods.js'

/** By number, for libraries have no wrapper of some; the same on all machines since 5.0. */
const PIDFD = { open: 434, getfd: 438, sendSignal: 424 }

/** Perl programs succeed with status 0. */
const perl = (program: string): string => `perl -e '${program}'`

const SUCCESS_IS_NOT_MINUS_ONE = 'exit($r < 0 ? 1 : 0)'

describe('escapes by the processes of a pod', { skip: noPods }, () => {
  const host = podHost()
  const outside = canary()

  /**
   * A signal to PID 1 that is delivered and changes nothing is no success of the attack; the end of
   * the pod is.
   */
  const ends = (name: string, send: string): Probe => ({ name, script: `${send}; [ ! -d /proc/1 ]` })

  probes(
    host,
    outside,
    [
      ...['KILL', 'TERM', 'STOP', 'ABRT', 'SEGV', 'BUS', 'SYS', 'TRAP', 'HUP'].map((signal) =>
        ends(`SIG${signal} for the pod init`, `kill -${signal} 1`),
      ),
      { name: 'the pod init is stopped by SIGSTOP', script: "kill -STOP 1; grep -q '^State:.T' /proc/1/status" },
      ...['root', 'cwd', 'exe'].map((name) => ({
        name: `/proc/1/${name} is read`,
        script: `readlink /proc/1/${name}`,
      })),
      { name: '/proc/1/root is entered', script: 'cd /proc/1/root' },
      { name: '/proc/1/cwd is entered', script: 'cd /proc/1/cwd' },
      { name: '/proc/1/fd/3 is entered', script: 'cd /proc/1/fd/3' },
      { name: '/proc/1/map_files is listed', script: 'ls /proc/1/map_files | grep .' },
      {
        name: `a file of the host is read through /proc/1/fd/3`,
        script: `cat /proc/1/fd/3${UP}${outside.directory}/secret`,
      },
      {
        name: `a file of the host is read through /proc/1/root`,
        script: `cat /proc/1/root${outside.directory}/secret`,
      },
      { name: `chroot into /proc/1/fd/3`, script: `chroot /proc/1/fd/3${UP} ${outside.directory}/echo` },
      { name: `chroot into /proc/1/root`, script: `chroot /proc/1/root /apps` },
      { name: '/proc/1/exe is executed', script: '/proc/1/exe; [ $? = 2 ]' },
      { name: '/proc/1/exe is opened for writing', script: ': >>/proc/1/exe' },
      ...['mem', 'environ', 'maps', 'smaps', 'auxv', 'stack', 'syscall', 'pagemap', 'io', 'fdinfo/3'].map((name) => ({
        name: `/proc/1/${name} is read`,
        script: `head -c 1 /proc/1/${name} | grep -q .`,
      })),
      { name: '/proc/1/mem is opened for writing', script: ': >>/proc/1/mem' },
      ...['uid_map', 'gid_map', 'attr/current'].map((name) => ({
        name: `/proc/1/${name} is written`,
        script: `echo 1 >/proc/1/${name}`,
      })),
      ...['mnt', 'pid', 'net', 'ipc', 'uts', 'user', 'cgroup'].map((name) => ({
        name: `/proc/1/ns/${name} is opened`,
        script: `: </proc/1/ns/${name}`,
      })),
      { name: 'all namespaces of the pod init are joined', script: 'nsenter -t 1 -a /bin/true' },
      {
        name: 'its own mount namespace is joined again',
        script: perl(
          `open(F, "<", "/proc/self/ns/mnt") or exit 1; $r = syscall(308, fileno(F), 0); ${SUCCESS_IS_NOT_MINUS_ONE}`,
        ),
      },
      {
        name: 'ptrace attaches to the pod init',
        script: perl(`$r = syscall(101, 16, 1, 0, 0); ${SUCCESS_IS_NOT_MINUS_ONE}`),
      },
      {
        name: 'ptrace seizes the pod init',
        script: perl(`$r = syscall(101, 0x4206, 1, 0, 0); ${SUCCESS_IS_NOT_MINUS_ONE}`),
      },
      {
        name: 'pidfd_getfd takes the pod lock from the pod init',
        script: perl(
          `$p = syscall(${PIDFD.open}, 1, 0); $p >= 0 or exit 1; $r = syscall(${PIDFD.getfd}, $p, 3, 0); ${SUCCESS_IS_NOT_MINUS_ONE}`,
        ),
      },
      {
        name: 'setns by a pidfd of the pod init',
        script: perl(
          `$p = syscall(${PIDFD.open}, 1, 0); $p >= 0 or exit 1; $r = syscall(308, $p, 0x20000); ${SUCCESS_IS_NOT_MINUS_ONE}`,
        ),
      },
      {
        name: 'process_vm_readv from the pod init',
        script: perl(
          `$b = "x" x 8; $v = pack("Q2", unpack("Q", pack("p", $b)), 8); $w = pack("Q2", 0x400000, 8); $r = syscall(310, 1, $v, 1, $w, 1, 0); ${SUCCESS_IS_NOT_MINUS_ONE}`,
        ),
      },
      {
        name: 'kcmp compares with the pod init',
        script: perl(`$r = syscall(312, 0 + $$, 1, 2, 0, 0); ${SUCCESS_IS_NOT_MINUS_ONE}`),
      },
      ...Object.entries({ SI_USER: 0, SI_KERNEL: 0x80, SI_QUEUE: -1, SI_TKILL: -6 }).flatMap(([name, code]) => [
        ends(
          `SIGTERM for the pod init whose sender is forged as outside, ${name} (rt_sigqueueinfo)`,
          perl(`$i = pack("i3x116", 15, 0, ${code}); syscall(129, 1, 15, $i)`),
        ),
        ends(
          `SIGTERM for the pod init whose sender is forged as outside, ${name} (pidfd_send_signal)`,
          perl(
            `$p = syscall(${PIDFD.open}, 1, 0); $i = pack("i3x116", 15, 0, ${code}); syscall(${PIDFD.sendSignal}, $p, 15, $i, 0)`,
          ),
        ),
      ]),
    ],
    { perl: true },
  )
})
