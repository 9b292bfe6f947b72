import { RuntimeError, messageOf } from '#schema/errors.js'
import type { StartOrder, UnitPlan } from '../plan/unit-plan.js'
import { type Bus, BusError, managerCall } from './bus.js'
import { encodeProperties, needsVersion, OLDEST } from './properties.js'
import { unitPath } from './unit-path.js'

const SIGKILL = 9

const SYSTEMD = 'org.freedesktop.systemd1'
const NO_SUCH_UNIT = `${SYSTEMD}.NoSuchUnit`
const NOT_LOADED = `${SYSTEMD}.UnitNotLoaded`
const UNIT_EXISTS = `${SYSTEMD}.UnitExists`

/** A unit systemd has loaded. */
export interface LoadedUnit {
  readonly name: string
  readonly description: string
  /** `active`, `deactivating`, `inactive`, … */
  readonly state: string
  /** `running`, `start-pre`, `stop-post`, … */
  readonly phase: string
  /** The number of its job; 0 where it has none. */
  readonly job: number
}

/** The call that creates and starts a pod's units: made while systemd still takes the connection. */
export interface StartCall {
  /** What errors are about. */
  readonly unit: string
  readonly bytes: Buffer
}

/** systemd's version, to be asked as soon as there is a connection: the answer is here when the units are planned. */
export const askVersion = (connecting: Promise<Bus>): Promise<number> => connecting.then(systemdVersion)

/** Prepares {@link startTransient}: `main` is started, and pulls in `others`. Waits for systemd's version only where that matters to a property. */
export async function encodeStart(
  asked: Promise<number>,
  unit: string,
  { main, others }: StartOrder,
): Promise<StartCall> {
  const gated = [main, ...others].some(({ properties }) => needsVersion(properties))
  const version = gated ? await asked : OLDEST
  const encode = ({ properties }: UnitPlan) =>
    encodeProperties(properties, version).map(({ name, signature, value }) => [name, { signature, value }])
  const body = [main.name, 'fail', encode(main), others.map((unit) => [unit.name, encode(unit)])]
  return { unit, bytes: managerCall('StartTransientUnit', 'ssa(sv)a(sa(sv))', body) }
}

/**
 * Creates and starts a pod's units in one transaction: all or nothing.
 *
 * @throws RuntimeError POD_START_FAILED where units of those names are there; SYSTEMD where systemd refuses
 */
export async function startTransient(bus: Bus, { unit, bytes }: StartCall): Promise<void> {
  try {
    await bus.send(bytes)
  } catch (cause) {
    if (cause instanceof BusError && cause.errorName === UNIT_EXISTS) {
      throw new RuntimeError('POD_START_FAILED', `${unit}: systemd has units of this name already`, {
        hint: `systemctl status '${unit}'`,
        cause,
      })
    }
    throw new RuntimeError('SYSTEMD', `${unit}: systemd refused it: ${messageOf(cause)}`, {
      hint: 'journalctl _PID=1 --lines=20',
      cause,
    })
  }
}

/** Queues the stop of a unit; gives the job's object path, or null where the unit is not loaded. */
export async function stopUnit(bus: Bus, unit: string): Promise<string | null> {
  const answer = await unlessGone(bus.call('StopUnit', 'ss', [unit, 'replace']))
  return answer === null ? null : String(answer[0])
}

/** The phases in which it is the main process that is waited for. */
const MAIN_PHASES: readonly string[] = ['start', 'running', 'stop-sigterm', 'stop-sigkill', 'stop-watchdog']

/**
 * Sends SIGKILL to what a unit runs now: its main process, or in another phase its handler. Not to all at once: among them
 * could be the program that systemd has just started to note the unit's end.
 */
export async function killUnit(bus: Bus, { name, phase }: LoadedUnit): Promise<void> {
  try {
    await bus.call('KillUnit', 'ssi', [name, MAIN_PHASES.includes(phase) ? 'main' : 'control', SIGKILL])
  } catch (error) {
    // Whatever has ended meanwhile needs no killing.
    if (!(error instanceof BusError)) throw error
  }
}

/** Makes systemd forget that a unit failed. */
export async function resetFailed(bus: Bus, unit: string): Promise<void> {
  await unlessGone(bus.call('ResetFailedUnit', 's', [unit]))
}

/** The loaded units whose names fit one of the patterns (glob(7)). */
export async function unitsLike(bus: Bus, patterns: readonly string[]): Promise<readonly LoadedUnit[]> {
  const [rows] = await bus.call('ListUnitsByPatterns', 'asas', [[], patterns])
  return (rows as readonly (readonly unknown[])[]).map((row) => {
    const [name, description, , state, phase, , , job] = row
    return {
      name: String(name),
      description: String(description),
      state: String(state),
      phase: String(phase),
      job: Number(job),
    }
  })
}

/** What a unit is doing, in systemd's words. */
export interface UnitState {
  readonly active: string
  readonly phase: string
}

/** The state of a unit; null where it is not loaded. */
export async function unitState(bus: Bus, unit: string): Promise<UnitState | null> {
  try {
    await bus.call('GetUnit', 's', [unit])
    const [active, phase] = await Promise.all(
      ['ActiveState', 'SubState'].map((name) => bus.property(unitPath(unit), `${SYSTEMD}.Unit`, name)),
    )
    return { active: String(active), phase: String(phase) }
  } catch (error) {
    if (error instanceof BusError && error.errorName === NO_SUCH_UNIT) return null
    throw error
  }
}

/** Lets the processes of a unit go on that was frozen; without that it cannot be stopped. Nothing happens to one that was not. */
export async function thawUnit(bus: Bus, unit: string): Promise<void> {
  try {
    await bus.call('ThawUnit', 's', [unit])
  } catch (error) {
    // One that has ended needs none; where control groups cannot be frozen none is.
    if (!(error instanceof BusError)) throw error
  }
}

async function systemdVersion(bus: Bus): Promise<number> {
  const text = await bus.property('/org/freedesktop/systemd1', `${SYSTEMD}.Manager`, 'Version')
  return parseInt(String(text), 10)
}

async function unlessGone(answer: Promise<readonly unknown[]>): Promise<readonly unknown[] | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof BusError && [NO_SUCH_UNIT, NOT_LOADED].includes(error.errorName)) return null
    throw error instanceof BusError
      ? new RuntimeError('SYSTEMD', `systemd: ${error.message}`, { hint: 'systemctl is-system-running', cause: error })
      : error
  }
}
