import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { appUnit, metadataUnit, podSlice, podUnit, stopTarget } from '#schema/unit-name.js'
import type { Bound, Bounds } from '#schema/bounds.js'
import { boundsOf, type RunSpec } from '#schema/run-spec.js'
import { appFields, podFields } from './journal-fields.js'
import type { AppFacts, PodFacts } from './pod-facts.js'
import type { AppPlan } from './pod-plan.js'
import { INFINITY, type ExecLine, type UnitPlan, type UnitProperties } from './unit-plan.js'
import type { PlannedVolume } from './volumes.js'

/**
 * The shortest interval (1 µs) means no rate limit. 0 would mean journald's own limit, because
 * systemd does not pass 0 to journald.
 */
const NO_RATE_LIMIT = 1n

/** A bound as systemd takes it. */
const bound = (value: Bound): bigint => (value === 'infinity' ? INFINITY : BigInt(value))
const microseconds = (value: Bound): bigint => (value === 'infinity' ? INFINITY : BigInt(value) * 1000n)

/**
 * Limits how long the end of a unit may take: the time for SIGTERM, and the same time for
 * ExecStopPost, each followed by SIGKILL. Without this failure mode, systemd would send SIGTERM
 * again after ExecStopPost has timed out.
 */
const stopBounds = ({ stopTimeout }: Bounds): UnitProperties => ({
  TimeoutStopUSec: microseconds(stopTimeout),
  TimeoutStopFailureMode: 'kill',
})

/**
 * journald counts the output of the apps for the unit of the pod, because the pod init sends it.
 */
export function logRateLimit({ logRateLimit: limit }: Bounds): UnitProperties {
  if (limit === 'host') return {}
  if (limit === 'none') return { LogRateLimitIntervalUSec: NO_RATE_LIMIT }
  return { LogRateLimitIntervalUSec: microseconds(limit.interval), LogRateLimitBurst: limit.burst }
}

/**
 * The description of the units of a pod. `stop` and `gc` identify the units of a pod by this text:
 * names are reused, UUIDs are not.
 */
export const podDescription = ({ uuid, podName }: RunSpec): string =>
  podName === undefined ? `appc pod ${uuid}` : `appc pod ${podName} (${uuid})`

/** The slice of a pod, which systemd unloads with its last unit. */
export const sliceUnit = ({ spec }: PodFacts): UnitPlan => ({
  name: podSlice(spec.id),
  properties: {
    Description: podDescription(spec),
    CollectMode: 'inactive-or-failed',
    StopWhenUnneeded: true,
    TasksMax: bound(boundsOf(spec).tasksMax),
  },
})

/**
 * The exit statuses and signals with which the program of the pod unit and the pod init can end.
 */
export const ENDS_OF_POD = { statuses: [0, 1, 254], signals: [9, 15] }

/**
 * The unit of the pod: it wants its apps, and ends when none is left. It runs only once: manual
 * starts are refused, a start by another unit fails because the pod was set up before (Asserts),
 * and a Restart= in a drop-in for all pods applies to their apps only. It is `simple`, so that
 * systemd prepares the processes of the apps while the pod is set up; these processes wait for the
 * pod themselves. The apps are ordered after the pod, so they still stop before it. No unit has an
 * output of its own: each would be a stream that journald and systemd keep open. The in-pod program
 * sends its own messages to journald directly.
 */
export const podService = ({ spec, directory, init }: PodFacts): UnitPlan => ({
  name: podUnit(spec.id),
  properties: {
    Description: podDescription(spec),
    CollectMode: 'inactive-or-failed',
    StopWhenUnneeded: true,
    RefuseManualStart: true,
    Asserts: [join(directory, POD_DIR.pid)],
    Slice: podSlice(spec.id),
    Wants: spec.apps.map(({ name }) => appUnit(spec.id, name)),
    Type: 'simple',
    NotifyAccess: 'all',
    RestartPreventExitStatus: ENDS_OF_POD,
    KillMode: 'mixed',
    ...stopBounds(boundsOf(spec)),
    ExecStart: [execLine(init, 'pod', directory)],
    ...(typeof spec.network !== 'string' && { ExecStopPost: [execLine(init, 'leave', directory)] }),
    DevicePolicy: 'closed',
    StandardOutput: 'null',
    ...logRateLimit(boundsOf(spec)),
    LogExtraFields: podFields(spec),
  },
})

/**
 * The unit of one app. It is bound to the pod, so it starts after the pod and stops before it. Its
 * failure starts the target that ends the pod (E15). The unit itself runs the handlers (E14).
 * `exited` runs before post-stop, while its environment still says how the main process ended.
 */
export function appService(
  { spec, directory, init, devices, metadata }: PodFacts,
  app: AppFacts,
  plan: AppPlan,
  volumes: readonly PlannedVolume[],
): UnitPlan {
  const { name } = app
  const pod = podUnit(spec.id)
  const socket = metadata === undefined ? [] : [metadataUnit(spec, 'socket')]
  const bounds = boundsOf(spec)
  const handler = (event: 'pre-start' | 'post-stop') => execLine(init, 'handler', directory, name, event)
  const allowed = volumes
    .filter(({ source }) => devices.has(source))
    .map(({ source, readOnly }) => [source, readOnly ? 'r' : 'rw'] as const)
  return {
    name: appUnit(spec.id, name),
    properties: {
      Description: `${name} of ${podDescription(spec)}`,
      CollectMode: 'inactive-or-failed',
      Slice: podSlice(spec.id),
      BindsTo: [pod],
      Requires: socket,
      After: [pod, ...socket],
      OnFailure: [stopTarget(spec.id)],
      Type: 'notify',
      NotifyAccess: 'all',
      RestartMode: 'direct',
      KillMode: 'mixed',
      TimeoutStartUSec: microseconds(bounds.startTimeout),
      ...stopBounds(bounds),
      LimitCORE: bound(bounds.core),
      LimitCORESoft: bound(bounds.core),
      IgnoreSIGPIPE: false,
      ...(plan.preStart && { ExecStartPre: [handler('pre-start')] }),
      ExecStart: [execLine(init, 'app', directory, name)],
      ExecStopPost: [execLine(init, 'exited', directory, name), ...(plan.postStop ? [handler('post-stop')] : [])],
      DevicePolicy: 'closed',
      ...(allowed.length > 0 && { DeviceAllow: allowed }),
      StandardOutput: 'null',
      LogExtraFields: appFields(spec, app),
    },
  }
}

const execLine = (program: string, ...words: string[]): ExecLine => ({ path: program, argv: [program, ...words] })
