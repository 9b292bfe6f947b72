import { readdirSync, readFileSync } from 'node:fs'
import { output } from '../benchmark/commands.js'

/** The number of things of each kind on a host. */
export type Snapshot = Readonly<Record<string, number>>

/** Counts everything that a pod or a fetch could leave behind. */
export function snapshot(): Snapshot {
  // A launcher that was killed early leaves a prepared pod, which can still be run.
  output('appc', 'gc', '--grace-period=0s', '--expire-prepared=0s')
  return {
    'mounts of PID 1': lines(readFileSync('/proc/1/mountinfo', 'utf8')),
    'units of appc': lines(output('systemctl', 'list-units', '--all', '--no-legend', '--plain', 'appc-*')),
    'transient unit files': files('/run/systemd/transient'),
    cgroups: lines(output('sh', '-c', 'find /sys/fs/cgroup/appc.slice -mindepth 1 -type d 2>/dev/null; true')),
    processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurs(name)).length,
    pods: lines(output('appc', 'list', '--quiet')),
    'pod directories': ['embryo', 'prepare', 'prepared', 'run', 'exited-garbage', 'garbage'].reduce(
      (sum, place) => sum + files(`/var/lib/appc/pods/${place}`),
      0,
    ),
    'staging files': files('/var/lib/appc/tmp'),
    'descriptors of PID 1': files('/proc/1/fd'),
    namespaces: Number(output('sh', '-c', 'ls -l /proc/[0-9]*/ns/net 2>/dev/null | sed "s/.*-> //" | sort -u | wc -l')),
    'core dumps': files('/var/lib/systemd/coredump'),
  }
}

/** The kinds of which there are more than before. */
export const differences = (before: Snapshot, after: Snapshot): readonly string[] =>
  Object.entries(after)
    .filter(([kind, count]) => count > (before[kind] ?? 0))
    .map(([kind, count]) => `${kind}: ${before[kind] ?? 0} before, ${count} now`)

const lines = (text: string): number => text.split('\n').filter(Boolean).length

function files(directory: string): number {
  try {
    return readdirSync(directory).length
  } catch {
    return 0
  }
}

function isOurs(pid: string): boolean {
  try {
    return /^(appc|runtime|stage1)/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'))
  } catch {
    return false
  }
}
