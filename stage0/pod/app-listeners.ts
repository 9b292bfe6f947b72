import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { NO_FILE } from '#schema/errors.js'
import { appUnit } from '#schema/unit-name.js'
import { ignoreMissing } from '../files/missing.js'
import { hostListeners, type Listener } from './listeners.js'

/** A running pod with the host's network. */
export interface HostPod {
  /** The ID in its unit names. */
  readonly id: string
  /** The PID of the pod init. */
  readonly pid: number
  readonly apps: readonly string[]
}

/** A socket at which an app receives what is sent to the host. */
export interface AppListener extends Omit<Listener, 'inode'> {
  readonly app: string
}

/**
 * Where the apps of a pod with the host's network listen: the sockets of all processes of their
 * cgroups (proc_pid_fd(5)). Processes that end meanwhile are skipped.
 */
export function appListeners({ id, pid, apps }: HostPod): readonly AppListener[] {
  const slice = dirname(cgroupOf(pid))
  const listeners = hostListeners()
  return apps.flatMap((app) => {
    const sockets = new Set(processesOf(join(slice, appUnit(id, app))).flatMap(socketsOf))
    return listeners
      .filter(({ inode }) => sockets.has(inode))
      .map(({ protocol, address, port }) => ({ app, protocol, address, port }))
  })
}

/** The directory of a process's cgroup. */
function cgroupOf(pid: number): string {
  const lines = orNothing(() => readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n'))
  return join('/sys/fs/cgroup', lines.find((line) => line.startsWith('0::'))?.slice(3) ?? '')
}

/** The processes of a cgroup and of all below. */
function processesOf(cgroup: string): readonly string[] {
  const below = orNothing(() => readdirSync(cgroup, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const own = orNothing(() => readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n')).filter(Boolean)
  return [...own, ...below.flatMap(({ name }) => processesOf(join(cgroup, name)))]
}

/** The inode numbers of the sockets that a process has open. */
function socketsOf(process: string): readonly string[] {
  const directory = join('/proc', process, 'fd')
  const links = orNothing(() => readdirSync(directory)).map((fd) =>
    ignoreMissing(() => readlinkSync(join(directory, fd)), '', GONE),
  )
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
}

/** The errors of a process or a cgroup that has ended. */
const GONE = [...NO_FILE, 'ESRCH', 'ENODEV']

const orNothing = <Item>(read: () => readonly Item[]): readonly Item[] => ignoreMissing(read, [], GONE)
