import type { PodFacts, AppFacts } from './pod-facts.js'
import type { MountOp } from './pod-plan.js'
import type { PlannedVolume } from './volumes.js'
import type { Bounds } from '#schema/bounds.js'
import { boundsOf, type RunSpec } from '#schema/run-spec.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { MASKED_PATHS, READONLY_PATHS } from './kernel-paths.js'

type Shape<Op extends MountOp['op']> = Extract<MountOp, { op: Op }>

/**
 * The harmless devices: major and minor number (devices.txt of Linux) and mode. An app's
 * /dev/console is a null device, so writing to it has no effect.
 */
const DEVICES = {
  null: [1, 3, 0o666],
  zero: [1, 5, 0o666],
  full: [1, 7, 0o666],
  random: [1, 8, 0o666],
  urandom: [1, 9, 0o666],
  tty: [5, 0, 0o666],
  console: [1, 3, 0o600],
} as const

const DEVICE_LINKS = {
  '/dev/ptmx': 'pts/ptmx',
  '/dev/fd': '/proc/self/fd',
  '/dev/stdin': '/proc/self/fd/0',
  '/dev/stdout': '/proc/self/fd/1',
  '/dev/stderr': '/proc/self/fd/2',
} as const

/**
 * The mounts at the pod's own root that its apps share (P1): POSIX shared memory and message
 * queues.
 */
export const sharedMounts = ({ shmSize }: Bounds): readonly MountOp[] => [
  fileSystem('tmpfs', '/shm', ['nosuid', 'nodev', 'noexec'], ['mode=1777', `size=${shmSize}`]),
  fileSystem('mqueue', '/mqueue', ['nosuid', 'nodev', 'noexec']),
]

/**
 * The steps that build one app's root (O1, O2, E6). Our own files are made before everything else
 * is mounted, so that no symlink of the image leads them into /proc, /sys or a volume. The root
 * becomes read-only when all mount points exist.
 */
export function mountsOf(facts: PodFacts, app: AppFacts, volumes: readonly PlannedVolume[]): readonly MountOp[] {
  const { directory } = facts
  return [
    rootOf(directory, app),
    ...files(facts, app.runtime.readOnlyRootFS === true),
    ...kernelFileSystems(volumes),
    ...devices(boundsOf(facts.spec)),
    ...MASKED_PATHS.map((target): MountOp => ({ op: 'mask', target })),
    ...READONLY_PATHS.map((target): MountOp => ({ op: 'readonly', target })),
    ...volumes.map((volume) => bindVolume(directory, volume)),
    ...(app.runtime.readOnlyRootFS === true ? [{ op: 'readonly', target: '/' } as const] : []),
  ]
}

function rootOf(directory: string, { name, spec }: AppFacts): MountOp {
  if (spec.copied === true) return bindOf('data', `${directory}/${POD_DIR.root(name)}`, '/')
  return {
    op: 'overlay',
    lowers: spec.layers,
    upper: `${directory}/${POD_DIR.upper(name)}`,
    work: `${directory}/${POD_DIR.work(name)}`,
  }
}

/** Whether /sys is ours to mount: a volume at or below /sys replaces it. */
export const hasOwnSys = (volumes: readonly PlannedVolume[]): boolean =>
  !volumes.some(({ target }) => target === '/sys' || target.startsWith('/sys/'))

function kernelFileSystems(volumes: readonly PlannedVolume[]): readonly MountOp[] {
  const proc = fileSystem('proc', '/proc', ['nosuid', 'nodev', 'noexec'])
  return hasOwnSys(volumes) ? [proc, fileSystem('sysfs', '/sys', ['nosuid', 'nodev', 'noexec', 'readonly'])] : [proc]
}

function devices({ terminals }: Bounds): readonly MountOp[] {
  return [
    fileSystem('tmpfs', '/dev', ['nosuid'], ['mode=0755', 'size=64k']),
    ...Object.entries(DEVICES).map(([name, [major, minor, mode]]): MountOp => ({
      op: 'device',
      target: `/dev/${name}`,
      major,
      minor,
      mode,
    })),
    fileSystem(
      'devpts',
      '/dev/pts',
      ['nosuid', 'noexec'],
      ['newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5', `max=${terminals}`],
    ),
    bindPod('/shm', '/dev/shm'),
    bindPod('/mqueue', '/dev/mqueue'),
    ...Object.entries(DEVICE_LINKS).map(([target, to]): MountOp => ({ op: 'symlink', target, to, ifMissing: false })),
  ]
}

function files({ spec, resolvConf, hostsOfHost }: PodFacts, readOnly: boolean): readonly MountOp[] {
  const text = (target: string, content: string, ifMissing: boolean): MountOp => ({
    op: 'file',
    target,
    content,
    mode: 0o644,
    ifMissing,
    readOnly,
  })
  return [
    { op: 'directory', target: '/tmp', mode: 0o1777 },
    text('/etc/hostname', `${spec.hostname}\n`, false),
    text('/etc/hosts', hostsOfHost ?? hostsOf(spec), spec.hosts === undefined),
    ...(resolvConf !== undefined ? [text('/etc/resolv.conf', resolvConf.content, !resolvConf.replaces)] : []),
    { op: 'symlink', target: '/etc/mtab', to: '../proc/self/mounts', ifMissing: true },
  ]
}

/** The lines of the pod itself, then those of the operator. */
function hostsOf({ hostname, hosts = [] }: RunSpec): string {
  const entries = hosts === 'host' ? [] : hosts.map(({ address, names }) => `${address} ${names.join(' ')}\n`)
  return [`127.0.0.1 localhost ${hostname}\n::1 localhost ip6-localhost ip6-loopback\n`, ...entries].join('')
}

function bindVolume(directory: string, { source, target, readOnly, recursive, made }: PlannedVolume): MountOp {
  const origin =
    made === undefined
      ? ({ from: 'host', source } as const)
      : ({ from: 'data', source: `${directory}/${source}` } as const)
  return { op: 'bind', ...origin, target, recursive, readOnly, flags: [] }
}

function fileSystem(
  type: string,
  target: string,
  flags: Shape<'filesystem'>['flags'],
  options: readonly string[] = [],
): MountOp {
  return { op: 'filesystem', type, target, flags, options }
}

const bindPod = (source: string, target: string): MountOp => bindOf('pod', source, target)

function bindOf(from: 'data' | 'pod', source: string, target: string): Shape<'bind'> {
  return { op: 'bind', from, source, target, recursive: false, readOnly: false, flags: [] }
}
