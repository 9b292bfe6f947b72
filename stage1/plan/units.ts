import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { appUnit, podSlice, podUnit, stopTarget } from '#schema/unit-name.js'
import type { Bound, Bounds } from '#schema/bounds.js'
import { boundsOf, type RunSpec } from '#schema/run-spec.js'
import { appFields, podFields } from './journal-fields.js'
import type { AppFacts, PodFacts } from './pod-facts.js'
import type { AppPlan } from './pod-plan.js'
import { INFINITY, type ExecLine, type UnitPlan, type UnitProperties } from './unit-plan.js'
import type { PlannedVolume } from './volumes.js'

/** The shortest interval is no limit. Nothing (0) would leave journald at its own: systemd tells it no zero. */
const NO_RATE_LIMIT = 1n

/** A bound of systemd's. */
const bound = (value: Bound): bigint => (value === 'infinity' ? INFINITY : BigInt(value))
const microseconds = (value: Bound): bigint => (value === 'infinity' ? INFINITY : BigInt(value) * 1000n)

/**
 * How long the end of a unit may take: the time for SIGTERM and once more for ExecStopPost, each followed by SIGKILL. Without the
 * failure mode systemd would begin again with SIGTERM after the latter.
 */
const stopBounds = ({ stopTimeout }: Bounds): UnitProperties => ({
  TimeoutStopUSec: microseconds(stopTimeout),
  TimeoutStopFailureMode: 'kill',
})

/** journald counts what the apps write as the pod unit's, whose init sends it. */
function logRateLimit({ logRateLimit: limit }: Bounds): UnitProperties {
  if (limit === 'host') return {}
  if (limit === 'none') return { LogRateLimitIntervalUSec: NO_RATE_LIMIT }
  return { LogRateLimitIntervalUSec: microseconds(limit.interval), LogRateLimitBurst: limit.burst }
}

/** Its text is how `stop` and `gc` know a unit for this pod's own: names are used again, UUIDs are not. */
export const podDescription = ({ uuid, podName }: RunSpec): string =>
  podName === undefined ? `appc pod ${uuid}` : `appc pod ${podName} (${uuid})`

/** The slice of a pod: gone with its last unit. */
export const sliceUnit = ({ spec }: PodFacts): UnitPlan => ({
  name: podSlice(spec.id),
  properties: {
    Description: podDescription(spec),
    CollectMode: 'inactive-or-failed',
    StopWhenUnneeded: true,
    TasksMax: bound(boundsOf(spec).tasksMax),
  },
})

/** The ends of the pod's program, and of the pod init, by whatever hand. */
const ENDS_OF_POD = { statuses: [0, 1, 254], signals: [9, 15] }

/**
 * The pod itself: wants its apps, and ends when none is left. It runs once, whoever asks for more: nobody starts it by hand, what pulls it
 * in again finds that it was set up, and a Restart= of a drop-in for all pods is for their apps. `simple`, so that systemd prepares its apps' processes while it
 * is set up: they wait for it by themselves. Being after it they still stop before it. No unit has an output of its own: each
 * would be a stream that journald and systemd keep, and what the in-pod program has to say it brings there itself.
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
    ExecStart: [line(init, 'pod', directory)],
    ...(typeof spec.network !== 'string' && { ExecStopPost: [line(init, 'leave', directory)] }),
    DevicePolicy: 'closed',
    StandardOutput: 'null',
    ...logRateLimit(boundsOf(spec)),
    LogExtraFields: podFields(spec),
  },
})

/**
 * One app. Bound to the pod, so it starts after and stops before it; its failure starts the target that ends the pod (E15).
 * The handlers are the unit's own (E14); `exited` comes first, while the environment still tells how the main process ended.
 */
export function appService(
  { spec, directory, init, devices }: PodFacts,
  app: AppFacts,
  plan: AppPlan,
  volumes: readonly PlannedVolume[],
): UnitPlan {
  const { name } = app
  const pod = podUnit(spec.id)
  const bounds = boundsOf(spec)
  const handler = (event: 'pre-start' | 'post-stop') => line(init, 'handler', directory, name, event)
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
      After: [pod],
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
      ExecStart: [line(init, 'app', directory, name)],
      ExecStopPost: [line(init, 'exited', directory, name), ...(plan.postStop ? [handler('post-stop')] : [])],
      DevicePolicy: 'closed',
      ...(allowed.length > 0 && { DeviceAllow: allowed }),
      StandardOutput: 'null',
      LogExtraFields: appFields(spec, app),
    },
  }
}

const line = (program: string, ...words: string[]): ExecLine => ({ path: program, argv: [program, ...words] })
