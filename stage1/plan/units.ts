import { appUnit, podSlice, podUnit, stopTarget } from '#schema/unit-name.js'
import type { RunSpec } from '#schema/run-spec.js'
import type { AppFacts, PodFacts } from './pod-facts.js'
import type { AppPlan } from './pod-plan.js'
import { INFINITY, type ExecLine, type UnitPlan } from './unit-plan.js'
import type { PlannedVolume } from './volumes.js'

/** An app that writes much loses no line. Nothing (0) would leave journald at its own limit: systemd tells it no zero. */
const NO_RATE_LIMIT = 1n

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
  },
})

/**
 * The pod itself: wants its apps, and ends when none is left. `simple`, so that systemd prepares its apps' processes while it
 * is set up: they wait for it by themselves. Being after it they still stop before it. No unit has an output of its own: each
 * would be a stream that journald and systemd keep, and what the in-pod program has to say it brings there itself.
 */
export const podService = ({ spec, directory, init }: PodFacts): UnitPlan => ({
  name: podUnit(spec.id),
  properties: {
    Description: podDescription(spec),
    CollectMode: 'inactive-or-failed',
    StopWhenUnneeded: true,
    Slice: podSlice(spec.id),
    Wants: spec.apps.map(({ name }) => appUnit(spec.id, name)),
    Type: 'simple',
    NotifyAccess: 'all',
    KillMode: 'mixed',
    ExecStart: [line(init, 'pod', directory)],
    StandardOutput: 'null',
    LogExtraFields: journalFields(spec),
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
      KillMode: 'mixed',
      TimeoutStartUSec: INFINITY,
      IgnoreSIGPIPE: false,
      ...(plan.preStart && { ExecStartPre: [handler('pre-start')] }),
      ExecStart: [line(init, 'app', directory, name)],
      ExecStopPost: [line(init, 'exited', directory, name), ...(plan.postStop ? [handler('post-stop')] : [])],
      DevicePolicy: 'closed',
      ...(allowed.length > 0 && { DeviceAllow: allowed }),
      StandardOutput: 'null',
      LogRateLimitIntervalUSec: NO_RATE_LIMIT,
      LogExtraFields: [
        ...journalFields(spec),
        `APPC_APP=${name}`,
        `APPC_IMAGE_ID=${app.spec.imageID}`,
        `APPC_IMAGE_NAME=${app.spec.imageName}`,
      ],
    },
  }
}

const journalFields = (spec: RunSpec): readonly string[] => [
  `APPC_POD_UUID=${spec.uuid}`,
  `APPC_POD=${spec.podName ?? spec.id}`,
]

const line = (program: string, ...words: string[]): ExecLine => ({ path: program, argv: [program, ...words] })
