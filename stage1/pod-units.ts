import type { RunSpec } from '#schema/run-spec.js'
import { appUnit, metadataUnit, podSlice, podUnit, stopTarget, unitPrefix } from '#schema/unit-name.js'
import { endingsOf } from './endings.js'
import { podDescription } from './plan/units.js'
import type { Bus } from './systemd/bus.js'
import { killUnit, stopUnit, thawUnit, unitsLike, type LoadedUnit } from './systemd/manager.js'
import { isOver, UnitWatch } from './systemd/unit-watch.js'
import type { TimedOut } from './timeouts.js'

/**
 * The loaded units of exactly this pod. Units of another pod that has taken over the name since are
 * left out.
 */
export async function unitsOfPod(bus: Bus, spec: RunSpec): Promise<readonly LoadedUnit[]> {
  const description = podDescription(spec)
  const units = await unitsLike(bus, unitNames(spec))
  // The target names no pod in its description. It is active for a moment only, when an app has
  // failed.
  return units.filter((unit) => unit.description.endsWith(description) || unit.name === stopTarget(spec.id))
}

/**
 * Requests the stop of the pod's own unit; the other units stop with it. Frozen units are thawed
 * first: a frozen unit cannot end, and its end could not be recorded.
 */
export async function askToStop(bus: Bus, spec: RunSpec): Promise<void> {
  await thaw(bus, await unitsOfPod(bus, spec))
  await stopUnit(bus, podUnit(spec.id))
}

/** Sends SIGKILL to what each service of the pod runs now; its units then end by themselves. */
export async function killPod(bus: Bus, spec: RunSpec): Promise<void> {
  const units = await unitsOfPod(bus, spec)
  await thaw(bus, units)
  await Promise.all(units.filter(isService).map((unit) => killUnit(bus, unit)))
}

/** The result of {@link stopPod}. */
export interface PodStop {
  /** The units that were loaded. */
  readonly loaded: readonly LoadedUnit[]
  readonly timedOut: TimedOut
}

/**
 * Stops every unit of the pod that is active or about to be started again, waits until all have
 * ended, and makes sure that the end of each app is recorded.
 */
export async function stopPod(bus: Bus, spec: RunSpec, { force }: { readonly force: boolean }): Promise<PodStop> {
  const watch = new UnitWatch(bus, unitPrefix(spec.id), unitNames(spec), 'now')
  try {
    const metadata = metadataUnits(spec)
    const loaded = await unitsOfPod(bus, spec)
    if (force) await killPod(bus, spec)
    // A unit may have been restarted between the listing and the stop.
    for (let remaining = loaded; remaining.length > 0; remaining = (await unitsOfPod(bus, spec)).filter(isActive)) {
      await thaw(bus, remaining)
      // Post-stop handlers may use the metadata service, which ends after the pod by itself.
      const first = remaining.filter(({ name }) => !metadata.includes(name))
      const stopping = first.some(isActive) ? first : remaining
      await Promise.all(stopping.map(({ name }) => stopUnit(bus, name)))
      await watch.ended(stopping.filter(isActive).map(({ name }) => name))
    }
    endingsOf(spec, (unit) => watch.mainExit(unit))
    return { loaded, timedOut: (unit, limit) => watch.timedOut(unit, limit) }
  } finally {
    watch.close()
  }
}

/** The slice is thawed first: a unit below a frozen slice cannot be thawed. */
async function thaw(bus: Bus, units: readonly LoadedUnit[]): Promise<void> {
  const [services, slices] = [units.filter(isService), units.filter((unit) => !isService(unit))]
  for (const group of [slices, services]) await Promise.all(group.map(({ name }) => thawUnit(bus, name)))
}

const unitNames = (spec: RunSpec): readonly string[] => {
  const { id, apps } = spec
  return [
    podSlice(id),
    podUnit(id),
    stopTarget(id),
    ...apps.map(({ name }) => appUnit(id, name)),
    ...metadataUnits(spec),
  ]
}

const metadataUnits = (spec: RunSpec): readonly string[] => [
  metadataUnit(spec, 'socket'),
  metadataUnit(spec, 'service'),
]

const isActive = ({ state, job }: LoadedUnit): boolean => !isOver(state) || job !== 0

const isService = ({ name }: LoadedUnit): boolean => name.endsWith('.service')
