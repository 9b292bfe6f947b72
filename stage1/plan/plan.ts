import { dirname } from 'node:path'
import { appPlan } from './app-plan.js'
import { mountsOf, sharedMounts } from './mounts.js'
import { boundsOf } from '#schema/run-spec.js'
import { hostNetworkWarnings } from './host-network.js'
import { appsOf, type PodFacts } from './pod-facts.js'
import type { AppPlan, PodPlan } from './pod-plan.js'
import { needsCompat } from './seccomp-abi.js'
import { defaultFilter, type PlannedFilter } from './seccomp.js'
import type { UnitPlan } from './unit-plan.js'
import { appService, podService, sliceUnit } from './units.js'
import { volumesOf, type PlannedVolume } from './volumes.js'
import { unenforced } from './unenforced.js'

/** Everything a pod needs to run: two kinds of file for the in-pod program, and units for systemd. */
export interface Plan {
  readonly pod: PodPlan
  readonly apps: readonly AppPlan[]
  /** Seccomp filters by app name. */
  readonly filters: ReadonlyMap<string, PlannedFilter>
  /** `empty` volumes: directories to make before the pod starts. */
  readonly directories: readonly PlannedVolume[]
  readonly podUnit: UnitPlan
  readonly slice: UnitPlan
  readonly appUnits: readonly UnitPlan[]
  /** What the operator should know: what the manifests ask for and nobody will do (E16), what the host's network opens. One line each. */
  readonly warnings: readonly string[]
}

/** Plans a pod. Pure. Throws RuntimeError MANIFEST_INVALID, VOLUME_INVALID or INTERNAL. */
export function planPod(facts: PodFacts): Plan {
  const { spec, lock, launcher, manifest } = facts
  const apps = appsOf(facts).map((app) => {
    const volumes = volumesOf(app, manifest)
    return { app, volumes, plan: appPlan(facts, app, volumes) }
  })
  const told = apps.map(({ app }) => app)
  return {
    pod: {
      version: 1,
      uuid: spec.uuid,
      hostname: spec.hostname,
      network: spec.network,
      lock,
      launcher,
      data: dirname(dirname(dirname(facts.directory))),
      shared: sharedMounts(boundsOf(spec)),
      apps: apps.map(({ app, volumes }) => ({ name: app.name, mounts: mountsOf(facts, app, volumes) })),
    },
    apps: apps.map(({ plan }) => plan),
    filters: new Map(
      apps.map(({ app, plan }) => [
        app.name,
        defaultFilter(plan.capabilities, needsCompat(architecture(facts, app.name))),
      ]),
    ),
    directories: apps.flatMap(({ volumes }) => volumes.filter(({ made }) => made !== undefined)),
    podUnit: podService(facts),
    slice: sliceUnit(facts),
    appUnits: apps.map(({ app, plan, volumes }) => appService(facts, app, plan, volumes)),
    warnings: [...hostNetworkWarnings(spec, told), ...unenforced(manifest, told)],
  }
}

/** The `arch` label of an app's image. */
const architecture = ({ images }: PodFacts, app: string): string | undefined =>
  images.get(app)?.labels?.find(({ name }) => name === 'arch')?.value
