import { dirname } from 'node:path'
import { appPlan } from './app-plan.js'
import { sharedMounts } from './mounts.js'
import { boundsOf } from '#schema/run-spec.js'
import { checkOwnFiles } from './own-files.js'
import { hostNetworkWarnings } from './host-network.js'
import { effectOf, combine } from './isolators/effect.js'
import { appsOf, type PodFacts } from './pod-facts.js'
import { metadataPlan, type MetadataPlan } from './metadata-plan.js'
import type { AppPlan, PodPlan } from './pod-plan.js'
import { needsCompat } from './seccomp-abi.js'
import { defaultFilter, type PlannedFilter } from './seccomp.js'
import type { UnitPlan, UnitProperties } from './unit-plan.js'
import { appService, podService, sliceUnit } from './units.js'
import { volumesOf, type PlannedVolume } from './volumes.js'
import { unenforcedWarnings } from './unenforced.js'

/**
 * Everything that a pod needs to run: two kinds of files for the in-pod program, and units for
 * systemd.
 */
export interface Plan {
  readonly pod: PodPlan
  readonly apps: readonly AppPlan[]
  /** Seccomp filters by app name. */
  readonly filters: ReadonlyMap<string, PlannedFilter>
  /** The `empty` volumes, whose directories are made before the pod starts. */
  readonly directories: readonly PlannedVolume[]
  readonly podUnit: UnitPlan
  readonly slice: UnitPlan
  readonly appUnits: readonly UnitPlan[]
  readonly metadata?: MetadataPlan
  /**
   * Warnings for the operator, one line each: what the manifests request and appc does not enforce
   * (E16), and what the network of the host opens.
   */
  readonly warnings: readonly string[]
}

/** Plans a pod. Pure. Errors: MANIFEST_INVALID, VOLUME_INVALID, INTERNAL. */
export function planPod(facts: PodFacts): Plan {
  const { spec, lock, launcher, manifest } = facts
  const apps = appsOf(facts).map((app) => {
    const volumes = volumesOf(app, manifest)
    checkOwnFiles(facts, app, volumes)
    const effect = effectOf(app.app.isolators, 'app')
    return { app, volumes, effect, plan: appPlan(facts, app, volumes, effect.app) }
  })
  const podEffect = effectOf(manifest.isolators, 'pod')
  // The isolators of all apps set the slice and the plan of the pod; the isolators of the pod take
  // precedence.
  const shared = combine([...apps.map(({ effect }) => effect), podEffect])
  const metadata = metadataPlan(facts)
  const appFacts = apps.map(({ app }) => app)
  return {
    pod: {
      version: 1,
      uuid: spec.uuid,
      hostname: spec.hostname,
      network: facts.network,
      lock,
      launcher,
      data: dirname(dirname(dirname(facts.directory))),
      shared: sharedMounts(boundsOf(spec)),
      apps: apps.map(({ app }) => app.name),
      ...shared.pod,
    },
    apps: apps.map(({ plan }) => plan),
    filters: new Map(
      apps.map(({ app, plan }) => [
        app.name,
        defaultFilter(plan.capabilities, needsCompat(architecture(facts, app.name))),
      ]),
    ),
    directories: apps.flatMap(({ volumes }) => volumes.filter(({ made }) => made !== undefined)),
    podUnit: withProperties(podService(facts), podEffect.unit),
    slice: withProperties(sliceUnit(facts), shared.slice),
    appUnits: apps.map(({ app, plan, volumes, effect }) =>
      withProperties(appService(facts, app, plan, volumes), effect.unit),
    ),
    ...(metadata && { metadata }),
    warnings: [
      ...hostNetworkWarnings(spec, appFacts),
      ...unenforcedWarnings(manifest, appFacts),
      ...podEffect.warnings.map((warning) => `pod: ${warning}`),
      ...apps.flatMap(({ app, effect }) => effect.warnings.map((warning) => `app ${app.name}: ${warning}`)),
    ],
  }
}

/** A unit with the properties that isolators set, which replace its own. */
const withProperties = ({ name, properties }: UnitPlan, more: UnitProperties): UnitPlan => ({
  name,
  properties: { ...properties, ...more },
})

/** The `arch` label of an app's image. */
const architecture = ({ images }: PodFacts, app: string): string | undefined =>
  images.get(app)?.labels?.find(({ name }) => name === 'arch')?.value
