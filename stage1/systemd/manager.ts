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

/** A loaded unit. */
export interface LoadedUnit {
  readonly name: string
  readonly description: string
  /** `active`, `deactivating`, `inactive`, … */
  readonly state: string
  /** `running`, `start-pre`, `stop-post`, … */
  readonly phase: string
  /** The ID of its job; 0 where it has none. */
  readonly job: number
}

/**
 * The call that creates and starts a pod's units. It is encoded while the connection to systemd is
 * being opened.
 */
export interface StartCall {
  /** The unit that errors name. */
  readonly unit: string
  readonly bytes: Buffer
}

/**
 * Requests systemd's version as soon as there is a connection, so that the reply is here when the
 * units are planned.
 */
export const requestVersion = (connecting: Promise<Bus>): Promise<number> => connecting.then(systemdVersion)

/**
 * Encodes the call for {@link startTransient}: systemd starts `main`, which pulls in `others`.
 * Waits for the version of systemd only where a property depends on it.
 */
export async function encodeStart(
  pendingVersion: Promise<number>,
  unit: string,
  { main, others }: StartOrder,
): Promise<StartCall> {
  const isVersionNeeded = [main, ...others].some(({ properties }) => needsVersion(properties))
  const version = isVersionNeeded ? await pendingVersion : OLDEST
  const encode = ({ properties }: UnitPlan) =>
    encodeProperties(properties, version).map(({ name, signature, value }) => [name, { signature, value }])
  const body = [main.name, 'fail', encode(main), others.map((unit) => [unit.name, encode(unit)])]
  return { unit, bytes: managerCall('StartTransientUnit', 'ssa(sv)a(sa(sv))', body) }
}

/**
 * Creates and starts a pod's units in one transaction: all or none. Errors: POD_START_FAILED where
 * units with those names exist; SYSTEMD where systemd refuses.
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

/**
 * Queues the stop of a unit; gives the job's object path, or null where the unit is not loaded.
 * Errors: SYSTEMD.
 */
export async function stopUnit(bus: Bus, unit: string): Promise<string | null> {
  const answer = await nullIfNotLoaded(bus.call('StopUnit', 'ss', [unit, 'replace']))
  return answer === null ? null : String(answer[0])
}

/** The phases (SubState) in which systemd waits for the main process. */
const MAIN_PHASES: readonly string[] = ['start', 'running', 'stop-sigterm', 'stop-sigkill', 'stop-watchdog']

/**
 * Sends SIGKILL to what a unit runs now: its main process, or in another phase its handler. It does
 * not kill all processes of the unit: among them could be the program that systemd has just started
 * to record the end of the app.
 */
export async function killUnit(bus: Bus, { name, phase }: LoadedUnit): Promise<void> {
  try {
    await bus.call('KillUnit', 'ssi', [name, MAIN_PHASES.includes(phase) ? 'main' : 'control', SIGKILL])
  } catch (error) {
    // The process has already ended.
    if (!(error instanceof BusError)) throw error
  }
}

/** Resets the failed state of a unit. Errors: SYSTEMD. */
export async function resetFailed(bus: Bus, unit: string): Promise<void> {
  await nullIfNotLoaded(bus.call('ResetFailedUnit', 's', [unit]))
}

/** The loaded units whose names match one of the patterns (glob(7)). */
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

/** The state of a unit: its ActiveState and SubState. */
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

/**
 * Thaws a frozen unit, which otherwise cannot be stopped. Does nothing where the unit is not
 * frozen.
 */
export async function thawUnit(bus: Bus, unit: string): Promise<void> {
  try {
    await bus.call('ThawUnit', 's', [unit])
  } catch (error) {
    // The unit has ended, or control groups cannot be frozen on this host.
    if (!(error instanceof BusError)) throw error
  }
}

async function systemdVersion(bus: Bus): Promise<number> {
  const text = await bus.property('/org/freedesktop/systemd1', `${SYSTEMD}.Manager`, 'Version')
  return parseInt(String(text), 10)
}

async function nullIfNotLoaded(answer: Promise<readonly unknown[]>): Promise<readonly unknown[] | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof BusError && [NO_SUCH_UNIT, NOT_LOADED].includes(error.errorName)) return null
    throw error instanceof BusError
      ? new RuntimeError('SYSTEMD', `systemd: ${error.message}`, { hint: 'systemctl is-system-running', cause: error })
      : error
  }
}
