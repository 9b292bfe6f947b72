import type { RunSpec } from '#schema/run-spec.js'
import { appUnit, podSlice, podUnit, stopTarget, unitPrefix } from '#schema/unit-name.js'
import { endingsOf } from './endings.js'
import { podDescription } from './plan/units.js'
import type { Bus } from './systemd/bus.js'
import { killUnit, stopUnit, thawUnit, unitsLike, type LoadedUnit } from './systemd/manager.js'
import { isOver, UnitWatch } from './systemd/unit-watch.js'
import type { TimedOut } from './timeouts.js'

/** The units of this very pod that systemd has loaded: another pod may have taken over the name since. */
export async function unitsOfPod(bus: Bus, spec: RunSpec): Promise<readonly LoadedUnit[]> {
  const description = podDescription(spec)
  const units = await unitsLike(bus, unitNames(spec))
  // the target is nobody's own: it is there for a moment, when an app has failed
  return units.filter((unit) => unit.description.endsWith(description) || unit.name === stopTarget(spec.id))
}

/** Asks the pod's own unit to stop; the others stop with it. What was frozen is thawed first: it could neither end nor be noted. */
export async function askToStop(bus: Bus, spec: RunSpec): Promise<void> {
  await thaw(bus, await unitsOfPod(bus, spec))
  await stopUnit(bus, podUnit(spec.id))
}

/** Kills all that runs in the pod; its units end by themselves then. */
export async function killPod(bus: Bus, spec: RunSpec): Promise<void> {
  const units = await unitsOfPod(bus, spec)
  await thaw(bus, units)
  await Promise.all(units.filter(isService).map((unit) => killUnit(bus, unit)))
}

/** What a stop found and did. */
export interface PodStop {
  /** The units that were loaded. */
  readonly loaded: readonly LoadedUnit[]
  readonly timedOut: TimedOut
}

/** Stops whatever runs of the pod, or is about to be started again, and waits until it has ended and how is recorded. */
export async function stopPod(bus: Bus, spec: RunSpec, { force }: { readonly force: boolean }): Promise<PodStop> {
  const watch = new UnitWatch(bus, unitPrefix(spec.id), unitNames(spec), 'now')
  try {
    const loaded = await unitsOfPod(bus, spec)
    if (force) await killPod(bus, spec)
    // A restart may have begun between a look and a stop.
    for (let left = loaded; left.length > 0; left = (await unitsOfPod(bus, spec)).filter(isGoing)) {
      await thaw(bus, left)
      await Promise.all(left.map(({ name }) => stopUnit(bus, name)))
      await watch.ended(left.filter(isGoing).map(({ name }) => name))
    }
    endingsOf(spec, (unit) => watch.mainExit(unit))
    return { loaded, timedOut: (unit, limit) => watch.timedOut(unit, limit) }
  } finally {
    watch.close()
  }
}

/** The slice first: what is below a frozen one cannot be thawed by itself. */
async function thaw(bus: Bus, units: readonly LoadedUnit[]): Promise<void> {
  const [services, slices] = [units.filter(isService), units.filter((unit) => !isService(unit))]
  for (const some of [slices, services]) await Promise.all(some.map(({ name }) => thawUnit(bus, name)))
}

const unitNames = ({ id, apps }: RunSpec): readonly string[] => [
  podSlice(id),
  podUnit(id),
  stopTarget(id),
  ...apps.map(({ name }) => appUnit(id, name)),
]

const isGoing = ({ state, job }: LoadedUnit): boolean => !isOver(state) || job !== 0

const isService = ({ name }: LoadedUnit): boolean => name.endsWith('.service')
