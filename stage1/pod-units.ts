import type { RunSpec } from '#schema/run-spec.js'
import { appUnit, podSlice, podUnit, unitPrefix } from '#schema/unit-name.js'
import { podDescription } from './plan/units.js'
import type { Bus } from './systemd/bus.js'
import { killUnit, stopUnit, unitsLike, type LoadedUnit } from './systemd/manager.js'
import { isOver, UnitWatch } from './systemd/unit-watch.js'
import type { TimedOut } from './timeouts.js'

/** The units of this very pod that systemd has loaded: another pod may have taken over the name since. */
export async function unitsOfPod(bus: Bus, spec: RunSpec): Promise<readonly LoadedUnit[]> {
  const description = podDescription(spec)
  const units = await unitsLike(bus, unitNames(spec))
  return units.filter((unit) => unit.description.endsWith(description))
}

/** Kills all that runs in the pod; its units end by themselves then. */
export async function killPod(bus: Bus, spec: RunSpec): Promise<void> {
  const units = await unitsOfPod(bus, spec)
  await Promise.all(units.filter(isService).map((unit) => killUnit(bus, unit)))
}

/** What a stop found and did. */
export interface PodStop {
  /** The units that were loaded. */
  readonly loaded: readonly LoadedUnit[]
  readonly timedOut: TimedOut
}

/** Stops whatever runs of the pod and waits until it has ended. */
export async function stopPod(bus: Bus, spec: RunSpec, { force }: { readonly force: boolean }): Promise<PodStop> {
  const watch = new UnitWatch(bus, unitPrefix(spec.id), unitNames(spec), 'now')
  try {
    const loaded = await unitsOfPod(bus, spec)
    const running = loaded.filter(({ state }) => !isOver(state))
    if (force) await killPod(bus, spec)
    await Promise.all(loaded.map(({ name }) => stopUnit(bus, name)))
    await Promise.all(running.map(({ name }) => watch.ended(name)))
    return { loaded, timedOut: (unit, limit) => watch.timedOut(unit, limit) }
  } finally {
    watch.close()
  }
}

const unitNames = ({ id, apps }: RunSpec): readonly string[] => [
  podSlice(id),
  podUnit(id),
  ...apps.map(({ name }) => appUnit(id, name)),
]

const isService = ({ name }: LoadedUnit): boolean => name.endsWith('.service')
