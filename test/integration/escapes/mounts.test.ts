import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { canary } from '../../helpers/escapes/canary.js'
import { probes, type Probe } from '../../helpers/escapes/probes.js'
import { noPods, podHost } from '../../helpers/pods.js'

/** System calls that mount: by number, because libraries have no wrapper of the new ones. */
const CALLS = { mount: 165, umount2: 166, pivot_root: 155, chroot: 161, fchdir: 81, unshare: 272, clone: 56 }
const NEW_CALLS = { open_tree: 428, move_mount: 429, fsopen: 430, fspick: 433, mount_setattr: 442, clone3: 435 }

/** A perl program: succeeds where the system call does. */
const call = (number: number, ...words: readonly (string | number)[]): string =>
  `perl -e '$r = syscall(${[number, ...words].join(', ')}); exit($r < 0 ? 1 : 0)'`

/**
 * Paths that must be empty where they exist. The list is made from proc(5) and sysfs(5), not from
 * the list of the product.
 */
const SECRETS = [
  ...['acpi', 'asound', 'config.gz', 'interrupts', 'kallsyms', 'kcore', 'keys', 'kmem', 'latency_stats', 'mem'].map(
    (name) => `/proc/${name}`,
  ),
  ...['sched_debug', 'scsi', 'timer_list', 'timer_stats'].map((name) => `/proc/${name}`),
  ...['devices/virtual/powercap', 'firmware', 'hypervisor', 'module', 'power'].map((name) => `/sys/${name}`),
]

/** What must not be opened for writing; nothing is ever written. */
const SETTINGS = [
  '/proc/sysrq-trigger',
  '/proc/irq/default_smp_affinity',
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/hostname',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/kernel/sysrq',
  '/proc/sys/kernel/panic',
  '/proc/sys/kernel/ns_last_pid',
  '/proc/sys/kernel/randomize_va_space',
  '/proc/sys/kernel/yama/ptrace_scope',
  '/proc/sys/vm/drop_caches',
  '/proc/sys/vm/overcommit_memory',
  '/proc/sys/fs/binfmt_misc/register',
  '/proc/sys/fs/protected_symlinks',
  '/proc/sys/net/ipv4/ip_forward',
  '/proc/sys/user/max_user_namespaces',
  '/proc/fs/nfsd/versions',
  '/proc/bus/pci/00/00.0',
  '/sys/kernel/uevent_helper',
  '/sys/kernel/mm/transparent_hugepage/enabled',
  '/sys/kernel/debug/sched/features',
  '/sys/power/state',
  '/sys/module/overlay/parameters/redirect_dir',
  '/sys/fs/cgroup/cgroup.procs',
  '/sys/fs/cgroup/cgroup.subtree_control',
  '/sys/fs/cgroup/memory.max',
  '/sys/fs/cgroup/pids.max',
  '/sys/fs/cgroup/cgroup.freeze',
]

const masked = (path: string): Probe => ({
  name: `something is in ${path}`,
  script: `if [ -d ${path} ]; then ls -A ${path} | grep -q .; else head -c 1 ${path} | grep -q .; fi`,
})

const locked = (path: string): Probe => ({
  name: `${path} is opened for writing`,
  script: `[ -e ${path} ] && : >>${path}`,
})

/**
 * Each script also looks for the mount that it tries to make, in case it is made although the call
 * reports a failure.
 */
const mounting: readonly Probe[] = [
  { name: 'mount of a tmpfs', script: 'mount -t tmpfs none /srv' },
  { name: 'mount of proc', script: 'mount -t proc none /srv' },
  { name: 'mount of sysfs', script: 'mount -t sysfs none /srv' },
  { name: 'mount of cgroup2', script: 'mount -t cgroup2 none /srv' },
  { name: 'mount of devpts', script: 'mount -t devpts none /srv' },
  { name: 'bind mount', script: 'mount -o bind / /srv' },
  { name: 'move of a mount', script: 'mount -o move /dev/shm /srv' },
  { name: 'remount of the root, which other flags get', script: 'mount -o remount,bind,suid,dev /' },
  { name: 'remount of /proc/sys', script: 'mount -o remount,bind,rw /proc/sys' },
  { name: 'remount of /sys', script: 'mount -o remount,rw /sys' },
  { name: 'remount of a read-only volume', script: 'mount -o remount,bind,rw /data' },
  { name: 'propagation made shared', script: 'mount --make-rshared /' },
  ...['/proc/sys', '/proc/kcore', '/proc/sysrq-trigger', '/sys/firmware', '/dev', '/data', '/proc', '/sys'].map(
    (path): Probe => ({ name: `umount of ${path}`, script: `umount ${path} || umount -l ${path}` }),
  ),
  { name: 'unshare of the mount namespace', script: 'unshare -m true' },
  { name: 'unshare of the user namespace', script: 'unshare -U true' },
  { name: 'unshare of user and mount namespace', script: 'unshare -U -r -m mount -t tmpfs none /srv' },
  { name: 'unshare of the network namespace', script: 'unshare -n true' },
  { name: 'unshare of the PID namespace', script: 'unshare -p -f true' },
  { name: 'unshare of the control group namespace', script: call(CALLS.unshare, 0x02000000) },
  { name: 'clone with a user namespace', script: call(CALLS.clone, 0x10000000 + 17, 0, 0, 0, 0) },
  {
    name: 'clone3 with a user namespace',
    script: `perl -e '$a = pack("Q8", 0x10000000, 0, 0, 0, 17, 0, 0, 0); $r = syscall(${NEW_CALLS.clone3}, $a, 64); exit($r < 0 ? 1 : 0)'`,
  },
  { name: 'pivot_root', script: 'mkdir -p /srv/old; pivot_root /srv /srv/old' },
  { name: 'open_tree makes a copy of a mount', script: call(NEW_CALLS.open_tree, -100, '"/"', 1) },
  { name: 'fsopen of a tmpfs', script: call(NEW_CALLS.fsopen, '"tmpfs"', 0) },
  { name: 'fspick of the root', script: call(NEW_CALLS.fspick, -100, '"/"', 0) },
  {
    name: 'mount_setattr makes a read-only volume writable',
    script: `perl -e '$a = pack("Q4", 0, 1, 0, 0); $r = syscall(${NEW_CALLS.mount_setattr}, -100, "/data", 0, $a, 32); exit($r < 0 ? 1 : 0)'`,
  },
  {
    name: 'open_by_handle_at',
    script: `perl -e 'open(D, "<", "/"); $h = pack("Ii", 8, 1) . "x" x 8; $r = syscall(304, fileno(D), $h, 0); exit($r < 0 && $! == 1 ? 1 : 0)'`,
  },
]

/** chroot(2) is allowed, and the old way out of one must lead to the app's own root. */
const chroots: readonly Probe[] = [
  {
    name: 'chroot and fchdir lead above the root',
    script: `perl -e '
      mkdir "/srv/jail"; opendir(D, "/"); open(R, "<", "/"); chroot("/srv/jail") or exit 1;
      syscall(${CALLS.fchdir}, fileno(R)) == 0 or exit 1;
      chdir ".." for 1..64; chroot(".") or exit 1;
      exit(-e "/attack" ? 1 : 0)'`,
  },
  {
    name: 'chroot without chdir leads above the root',
    script: `perl -e 'mkdir "/srv/jail"; chdir "/"; chroot("/srv/jail") or exit 1; chdir ".." for 1..64; chroot(".") or exit 1; exit(-e "attack" ? 1 : 0)'`,
  },
]

const volumes: readonly Probe[] = [
  { name: 'a read-only volume is written', script: 'echo x >/data/new' },
  { name: 'a mount below a read-only volume is written', script: 'echo x >/data/below/new' },
  { name: 'a file of a mount below a read-only volume is appended to', script: 'echo x >>/data/below/file' },
  { name: 'a mount below a mount of a read-only volume is written', script: 'echo x >/data/below/deep/new' },
  { name: 'the mode of a mount below a read-only volume is changed', script: 'chmod 777 /data/below' },
  {
    name: 'a file of the volume is written by its descriptor in /proc',
    script: 'exec 5</data/below/file; echo x >>/proc/self/fd/5',
  },
]

const roots: readonly Probe[] = [
  { name: 'the root has something above it', script: '[ ! /.. -ef / ]' },
  {
    name: 'a mount of the host is in the list of mounts',
    script: "grep -E ' (/var/tmp|/var/lib/appc|/old|/apps)' /proc/self/mountinfo",
  },
  {
    name: 'another mount than those of the app is in the list of mounts',
    script: "grep -E '/(apps|empty)/' /proc/self/mountinfo",
  },
  { name: 'the work directory of the overlay is reached', script: 'ls -d /work /upper /../upper /../work | grep -q .' },
  {
    name: 'an attribute of the overlay is set',
    script: `perl -e '$r = syscall(188, "/srv", "trusted.overlay.redirect", "/etc", 4, 0); exit($r < 0 ? 1 : 0)'`,
  },
  {
    name: 'an attribute of the overlay is read',
    script: `perl -e '$b = "x" x 64; $r = syscall(191, "/srv", "trusted.overlay.origin", $b, 64); exit($r < 0 ? 1 : 0)'`,
  },
  {
    name: 'a whiteout of the overlay is made, which uncovers nothing',
    script: 'mknod /srv/w c 0 0 && [ -e /srv/w ] && cat /srv/w',
  },
  { name: 'the pod’s shared tmpfs runs a program', script: 'cp /bin/busybox /dev/shm/sh && /dev/shm/sh -c true' },
  {
    name: 'a device node on the pod’s shared tmpfs is opened',
    script: 'mknod /dev/shm/null c 1 3 && : </dev/shm/null',
  },
]

describe('escapes by mounts', { skip: noPods }, () => {
  const below: string[] = []
  // said before the host is made, which removes the directory they are in
  after(() => {
    for (const path of below) execFileSync('umount', [path])
  })
  const host = podHost()
  const outside = canary()
  const data = join(host.scratch, 'data')
  mkdirSync(join(data, 'below'), { recursive: true })
  const mount = (path: string): void => {
    mkdirSync(path, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', 'none', path])
    below.unshift(path)
    writeFileSync(join(path, 'file'), 'as it was\n')
  }
  mount(join(data, 'below'))
  mount(join(data, 'below/deep'))
  probes(
    host,
    outside,
    [...SECRETS.map(masked), ...SETTINGS.map(locked), ...mounting, ...chroots, ...volumes, ...roots],
    {
      perl: true,
      app: { mountPoints: [{ name: 'data', path: '/data', readOnly: true }] },
      options: [`--volume=data,kind=host,source=${data},recursive=true`],
    },
  )
  test('what is mounted below the read-only volume is as it was', () => {
    for (const path of below) {
      assert.equal(readFileSync(join(path, 'file'), 'utf8'), 'as it was\n')
      assert.deepEqual(readdirSync(path).sort(), path.endsWith('deep') ? ['file'] : ['deep', 'file'])
    }
  })
})
