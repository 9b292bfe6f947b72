import { Bus, type Signal } from './bus.js'
import { unitState, type UnitState } from './manager.js'
import { unitPath } from './unit-path.js'

/** How a unit's start ended, as systemd names it; `gone` where the unit was unloaded meanwhile. */
export type StartResult = 'done' | 'failed' | 'dependency' | 'canceled' | 'timeout' | 'skipped' | 'gone' | (string & {})

/**
 * How a unit's main process ended: a code of waitid(2), its exit status or signal, and the result
 * as systemd names it.
 */
export interface MainExit {
  readonly code: number
  readonly status: number
  readonly result: string
}

/** A caller that waits until all of some units are ending (`ending`) or have ended (`over`). */
interface Waiter {
  readonly units: readonly string[]
  readonly condition: 'ending' | 'over'
  readonly ended: PromiseWithResolvers<void>
}

interface Watched {
  readonly started: PromiseWithResolvers<StartResult>
  hasStarted: boolean
  /** The unit is being stopped, or has ended. */
  ending: boolean
  /** The unit has ended, and systemd is not about to start it again. */
  over: boolean
  /** The result of the unit is `timeout`. */
  timedOut: boolean
  mainExit: MainExit | undefined
  /** When the stop-post phase began, and how long it lasted where SIGKILL ended it, in ms. */
  stopPost: { readonly begin: number; readonly killedAfter?: number } | undefined
}

/**
 * Waits for a pod's units by systemd's signals. It must be created before any of the units is
 * changed. It survives a reexecution of systemd, which closes the connection.
 */
export class UnitWatch {
  #bus: Bus
  readonly #units: ReadonlyMap<string, Watched>
  readonly #names: ReadonlyMap<string, string>
  readonly #words: readonly string[]
  readonly #waiters = new Set<Waiter>()
  #closing = false
  /** Whether a daemon-reload is running, which removes all units and adds them again. */
  #reloading = false

  /**
   * @param prefix a prefix of the names of most `units`
   * @param from `start` where the units are about to be created, `now` where they may be running
   * already
   */
  constructor(bus: Bus, prefix: string, units: readonly string[], from: 'start' | 'now') {
    this.#bus = bus
    const others = units.filter((unit) => !unit.startsWith(prefix))
    this.#words = [prefix, unitPath(prefix), 'Reloading', ...others.flatMap((unit) => [unit, unitPath(unit)])]
    this.#units = new Map(
      units.map((unit) => [
        unit,
        {
          started: Promise.withResolvers(),
          hasStarted: from === 'now',
          ending: false,
          over: false,
          timedOut: false,
          mainExit: undefined,
          stopPost: undefined,
        },
      ]),
    )
    // A caller that waits gets the error; a rejection that nobody waits for is not an error.
    for (const { started } of this.#units.values()) started.promise.catch(() => undefined)
    this.#names = new Map(units.map((unit) => [unitPath(unit), unit]))
    this.#listen()
  }

  /** The current connection. */
  get bus(): Bus {
    return this.#bus
  }

  /** The result of the unit's first job. */
  started(unit: string): Promise<StartResult> {
    return this.#watched(unit).started.promise
  }

  /** Settles when the unit is being stopped, or has ended. */
  ending(unit: string): Promise<void> {
    return this.#wait([unit], 'ending')
  }

  /**
   * Settles as soon as all of the units have ended at the same time: each is unloaded, or inactive
   * after a start.
   */
  ended(units: readonly string[]): Promise<void> {
    return this.#wait(units, 'over')
  }

  /** Those of the units that have not ended. */
  running(units: readonly string[]): readonly string[] {
    return units.filter((unit) => !this.#watched(unit).over)
  }

  /**
   * Whether systemd killed a process of the unit because it took too long. The unit's result is the
   * first failure only. So after another failure, a stop-post phase that ran for `limit` ms and
   * ended by SIGKILL counts too.
   */
  timedOut(unit: string, limit: number): boolean {
    const { timedOut, stopPost } = this.#watched(unit)
    return timedOut || (stopPost?.killedAfter ?? 0) >= limit * TOLERANCE
  }

  /** How the unit's main process ended, if systemd reported it while the unit was watched. */
  mainExit(unit: string): MainExit | undefined {
    return this.#watched(unit).mainExit
  }

  close(): void {
    this.#closing = true
    this.#bus.close()
  }

  #wait(units: readonly string[], condition: Waiter['condition']): Promise<void> {
    const waiter: Waiter = { units, condition, ended: Promise.withResolvers() }
    waiter.ended.promise.catch(() => undefined)
    this.#waiters.add(waiter)
    this.#notify()
    return waiter.ended.promise
  }

  #watched(unit: string): Watched {
    const watched = this.#units.get(unit)
    if (watched === undefined) throw new Error(`${unit} is not watched`)
    return watched
  }

  #listen(): void {
    this.#bus.listen(this.#words, (signal) => this.#onSignal(signal))
    void this.#bus.closed.then(() => (this.#closing ? undefined : this.#reconnect()))
  }

  #onSignal({ member, path, body, textOf, numberOf }: Signal): void {
    if (member === 'JobRemoved') {
      const [, , unit, result] = body()
      this.#onStarted(String(unit), String(result))
    } else if (member === 'Reloading') {
      this.#reloading = body()[0] === true
      if (!this.#reloading) void this.#catchUp()
    } else if (member === 'UnitRemoved') {
      if (!this.#reloading) this.#onEnded(String(body()[0]))
    } else if (member === 'PropertiesChanged') {
      const unit = this.#names.get(path)
      if (unit === undefined) return
      const [active, phase] = [textOf('ActiveState'), textOf('SubState')]
      const [code, status, result] = [numberOf('ExecMainCode'), numberOf('ExecMainStatus'), textOf('Result')]
      this.#onPhase(this.#watched(unit), phase, result)
      // systemd reports 0 while the main process runs.
      if (code && status !== undefined) this.#watched(unit).mainExit = { code, status, result: result ?? '' }
      if (active !== undefined) this.#onState(unit, { active, phase: phase ?? '' })
    }
  }

  #onPhase(watched: Watched, phase: string | undefined, result: string | undefined): void {
    const now = 1000 * process.uptime()
    if (result === 'timeout') watched.timedOut = true
    if (phase === 'stop-post') watched.stopPost = { begin: now }
    else if (phase === 'final-sigkill' && watched.stopPost !== undefined) {
      watched.stopPost = { ...watched.stopPost, killedAfter: now - watched.stopPost.begin }
    }
  }

  #onStarted(unit: string, result: StartResult): void {
    const watched = this.#units.get(unit)
    if (watched === undefined) return
    watched.hasStarted = true
    watched.started.resolve(result)
  }

  #onState(unit: string, state: UnitState): void {
    const watched = this.#watched(unit)
    if (!watched.hasStarted) return
    if (isOver(state.active) && !willRestart(state)) {
      this.#onEnded(unit)
      return
    }
    watched.ending = state.active === 'deactivating'
    watched.over = false
    this.#notify()
  }

  #onEnded(unit: string): void {
    const watched = this.#units.get(unit)
    if (watched === undefined) return
    watched.started.resolve('gone')
    watched.ending = true
    watched.over = true
    this.#notify()
  }

  #notify(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.units.every((unit) => this.#watched(unit)[waiter.condition])) continue
      this.#waiters.delete(waiter)
      waiter.ended.resolve()
    }
  }

  /**
   * Reads the states again after signals may have been missed. Without a reply, the unit or the
   * connection has just ended; both are reported later.
   */
  async #catchUp(): Promise<void> {
    const bus = this.#bus
    for (const unit of this.#units.keys()) {
      const state = await unitState(bus, unit).catch(() => undefined)
      if (state === undefined) continue
      if (state?.active === 'active') this.#onStarted(unit, 'done')
      if (state === null) this.#onEnded(unit)
      else this.#onState(unit, state)
    }
  }

  async #reconnect(): Promise<void> {
    try {
      this.#bus = await Bus.reopen()
      this.#reloading = false
      this.#listen()
      await this.#catchUp()
    } catch (error) {
      for (const { started } of this.#units.values()) started.reject(error)
      for (const { ended } of this.#waiters) ended.reject(error)
    }
  }
}

/** The signals of the begin and the end of a phase may have different delays. */
const TOLERANCE = 0.9

const STATES_OF_END: readonly string[] = ['inactive', 'failed']

/** systemd 257 passes through such a SubState on the way to a restart. */
const willRestart = ({ phase }: UnitState): boolean => phase.endsWith('-before-auto-restart')

/** Whether a unit in this ActiveState has ended. */
export const isOver = (state: unknown): boolean => STATES_OF_END.some((end) => end === state)
