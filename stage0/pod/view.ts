import { isACName } from '#schema/ac-name.js'
import type { Bound, Bounds, LogRateLimit } from '#schema/bounds.js'
import { exitSignal, exitStatus } from '#schema/exit-status.js'
import { lenientPodManifest } from '#schema/lenient.js'
import { type NetworkState, parseNetworkStates } from '#schema/network-state.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { PublishedPort } from '#schema/published-port.js'
import type { AppExit } from '#schema/status.js'
import type { FoundPod } from './find.js'
import { type PartialRunSpec, readExit, readPID, readRunSpec, readText, timeOf } from './records.js'
import type { PodState } from './state.js'

/** A pod as `list` and `status` show it. Times are RFC 3339; null means absent or unknown. */
export interface PodView {
  readonly uuid: string
  readonly name: string | null
  readonly state: PodState
  readonly created_at: string | null
  readonly started_at: string | null
  /** The PID of the pod init on the host, while the pod runs. */
  readonly pid: number | null
  /** `host`, `none`, or the names of its networks. */
  readonly network: string | null
  /** Those that it has joined; their addresses are its own while it runs. */
  readonly networks: readonly NetworkState[]
  /** The ports that are reachable on the host; with the host's network, those its apps declare. */
  readonly ports: readonly PortView[]
  readonly bounds: BoundsView | null
  readonly apps: readonly AppView[]
}

/** A port, or a range of `count` ports, of an app and of the host. */
export interface PortView {
  readonly name: string
  readonly protocol: string
  /** Null where all addresses are meant. */
  readonly host_ip: string | null
  readonly host_port: number
  readonly port: number
  readonly count: number
}

/** The pod's limits on resources of the host: sizes in bytes, times in milliseconds. */
export interface BoundsView {
  readonly shm_size: number
  readonly tasks_max: Bound
  readonly terminals: number
  readonly start_timeout: Bound
  readonly stop_timeout: Bound
  readonly core: Bound
  readonly log_rate_limit: LogRateLimit
}

export interface AppView {
  readonly name: string
  /**
   * `created`: the program of the app was not executed (yet); `unknown`: the app ran, but its end
   * was not recorded.
   */
  readonly state: 'created' | 'running' | 'exited' | 'unknown'
  readonly image_id: string | null
  /** With the version: `example.com/redis:7`. */
  readonly image_name: string | null
  /** The capabilities of the app. */
  readonly capabilities: readonly string[] | null
  /** The exit status as of `appc run`: 128 + n if signal n ended the app. */
  readonly exit_code: number | null
  /** `SIGTERM`, … if a signal ended the app. */
  readonly signal: string | null
  /** systemd's result of the service. */
  readonly result: string | null
  readonly started_at: string | null
  readonly finished_at: string | null
}

/** Reads all records of a pod. Fields of damaged or missing files are null. */
export function viewPod({ pod: { uuid, directory }, state }: FoundPod): PodView {
  const spec = readRunSpec(directory)
  const running = state === 'running'
  return {
    uuid,
    name: spec.podName,
    state,
    created_at: rfc3339(timeOf(directory, POD_DIR.created) ?? timeOf(directory, POD_DIR.manifest)),
    started_at: rfc3339(timeOf(directory, POD_DIR.pid)),
    pid: running ? readPID(directory) : null,
    network: spec.network,
    networks: parseNetworkStates(readText(directory, POD_DIR.networks) ?? '[]'),
    ports: spec.ports.map(viewPort),
    bounds: spec.bounds && viewBounds(spec.bounds),
    apps: appNames(directory, spec.apps).map((app) => viewApp(directory, app, running)),
  }
}

const viewPort = ({ name, protocol, hostIP, hostPort, port, count }: PublishedPort): PortView => ({
  name,
  protocol,
  host_ip: hostIP ?? null,
  host_port: hostPort,
  port,
  count,
})

const viewBounds = (bounds: Bounds): BoundsView => ({
  shm_size: bounds.shmSize,
  tasks_max: bounds.tasksMax,
  terminals: bounds.terminals,
  start_timeout: bounds.startTimeout,
  stop_timeout: bounds.stopTimeout,
  core: bounds.core,
  log_rate_limit: bounds.logRateLimit,
})

interface AppName {
  readonly name: string
  readonly id: string | null
  readonly imageName: string | null
  readonly capabilities: readonly string[] | null
}

function appNames(directory: string, specified: PartialRunSpec['apps']): AppName[] {
  const { apps } = lenientPodManifest(readText(directory, POD_DIR.manifest) ?? '')
  const specByName = new Map(specified.map((app) => [app.name, app]))
  return apps.flatMap(({ name, imageID, imageName }) => {
    if (!isACName(name)) return []
    const { imageName: versioned, capabilities } = specByName.get(name) ?? {}
    return [
      { name, id: imageID ?? null, imageName: versioned ?? imageName ?? null, capabilities: capabilities ?? null },
    ]
  })
}

function viewApp(directory: string, app: AppName, running: boolean): AppView {
  const { name, id, imageName, capabilities } = app
  const exit = readExit(directory, name)
  const started = timeOf(directory, POD_DIR.started(name))
  return {
    name,
    state: exit !== null ? 'exited' : started === null ? 'created' : running ? 'running' : 'unknown',
    image_id: id,
    image_name: imageName,
    capabilities,
    exit_code: exit && exitStatus(exit),
    signal: exit && exitSignal(exit),
    result: exit?.result ?? null,
    started_at: rfc3339(started),
    finished_at: finishedAt(exit),
  }
}

function finishedAt(exit: AppExit | null): string | null {
  if (exit === null) return null
  return rfc3339(new Date(Number(BigInt(exit.finishedAt) / 1_000_000n)))
}

const rfc3339 = (time: Date | null): string | null => time?.toISOString() ?? null
