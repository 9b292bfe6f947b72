import { Bus, type Signal } from './bus.js'
import { unitState, type UnitState } from './manager.js'
import { unitPath } from './unit-path.js'

/** How a unit's start ended, in systemd's words; `gone` where its unit was unloaded meanwhile. */
export type StartResult = 'done' | 'failed' | 'dependency' | 'canceled' | 'timeout' | 'skipped' | 'gone' | (string & {})

/** How a unit's main process ended: a code of waitid(2), and its status or signal; `result` is systemd's word for it. */
export interface MainExit {
  readonly code: number
  readonly status: number
  readonly result: string
}

/** Somebody who waits until some units are all on their way to their end, or have ended. */
interface Waiting {
  readonly units: readonly string[]
  readonly what: 'ending' | 'over'
  readonly ended: PromiseWithResolvers<void>
}

interface Watched {
  readonly started: PromiseWithResolvers<StartResult>
  hasStarted: boolean
  /** It is being stopped, or has ended. */
  ending: boolean
  /** It has ended, and systemd is not about to start it once more. */
  over: boolean
  /** Its result is systemd's `timeout`. */
  timedOut: boolean
  mainExit: MainExit | undefined
  /** When its stop-post phase began, and how long that was when it ended by SIGKILL, in ms. */
  stopPost: { readonly begin: number; readonly killedAfter?: number } | undefined
}

/**
 * Waits for a pod's units by systemd's signals; to be made before anything is done to them. Outlives a reexecution of
 * systemd, which closes the connection.
 */
export class UnitWatch {
  #bus: Bus
  readonly #units: ReadonlyMap<string, Watched>
  readonly #names: ReadonlyMap<string, string>
  readonly #words: readonly string[]
  readonly #waiting = new Set<Waiting>()
  #closing = false
  /** A daemon-reload takes all units out and puts them in again. */
  #reloading = false

  /**
   * @param prefix what the names of most `units` begin with
   * @param from whether the units are to be made (`start`), or may be running already (`now`)
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
    // Whoever waits is told; a failure nobody waits for is none.
    for (const { started } of this.#units.values()) started.promise.catch(() => undefined)
    this.#names = new Map(units.map((unit) => [unitPath(unit), unit]))
    this.#listen()
  }

  /** The connection in use now. */
  get bus(): Bus {
    return this.#bus
  }

  /** The result of the unit's first job. */
  started(unit: string): Promise<StartResult> {
    return this.#of(unit).started.promise
  }

  /** Settles when the unit is being stopped, or has ended. */
  ending(unit: string): Promise<void> {
    return this.#wait([unit], 'ending')
  }

  /** Settles when all of the units are no more, at one time: unloaded, or inactive after a start. */
  ended(units: readonly string[]): Promise<void> {
    return this.#wait(units, 'over')
  }

  /** Those of the units that have not ended. */
  going(units: readonly string[]): readonly string[] {
    return units.filter((unit) => !this.#of(unit).over)
  }

  /**
   * Tells whether something of the unit was stopped because it took too long. The unit's result is the first thing that went
   * wrong, so after another failure a stop-post that ran for `limit` ms tells it.
   */
  timedOut(unit: string, limit: number): boolean {
    const { timedOut, stopPost } = this.#of(unit)
    return timedOut || (stopPost?.killedAfter ?? 0) >= limit * NEARLY
  }

  /** How the unit's main process ended, if systemd told that while it was watched. */
  mainExit(unit: string): MainExit | undefined {
    return this.#of(unit).mainExit
  }

  close(): void {
    this.#closing = true
    this.#bus.close()
  }

  #wait(units: readonly string[], what: Waiting['what']): Promise<void> {
    const waiting: Waiting = { units, what, ended: Promise.withResolvers() }
    waiting.ended.promise.catch(() => undefined)
    this.#waiting.add(waiting)
    this.#tell()
    return waiting.ended.promise
  }

  #of(unit: string): Watched {
    const watched = this.#units.get(unit)
    if (watched === undefined) throw new Error(`${unit} is not watched`)
    return watched
  }

  #listen(): void {
    this.#bus.listen(this.#words, (signal) => this.#take(signal))
    void this.#bus.closed.then(() => (this.#closing ? undefined : this.#reconnect()))
  }

  #take({ member, path, body, textOf, numberOf }: Signal): void {
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
      this.#onPhase(this.#of(unit), phase, result)
      // 0 while it runs
      if (code && status !== undefined) this.#of(unit).mainExit = { code, status, result: result ?? '' }
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
    const watched = this.#of(unit)
    if (!watched.hasStarted) return
    if (isOver(state.active) && !startsAgain(state)) {
      this.#onEnded(unit)
      return
    }
    watched.ending = state.active === 'deactivating'
    watched.over = false
    this.#tell()
  }

  #onEnded(unit: string): void {
    const watched = this.#units.get(unit)
    if (watched === undefined) return
    watched.started.resolve('gone')
    watched.ending = true
    watched.over = true
    this.#tell()
  }

  #tell(): void {
    for (const waiting of this.#waiting) {
      if (!waiting.units.every((unit) => this.#of(unit)[waiting.what])) continue
      this.#waiting.delete(waiting)
      waiting.ended.resolve()
    }
  }

  /** Asks for what was missed. Where no answer comes the unit has just gone, or the connection: both are told later. */
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
      for (const { ended } of this.#waiting) ended.reject(error)
    }
  }
}

/** The signals that begin and end a phase may come with different delays. */
const NEARLY = 0.9

const STATES_OF_END: readonly string[] = ['inactive', 'failed']

/** systemd 257 passes through such a state on the way to a restart. */
const startsAgain = ({ phase }: UnitState): boolean => phase.endsWith('-before-auto-restart')

/** Tells whether a unit in that ActiveState has ended. */
export const isOver = (state: unknown): boolean => STATES_OF_END.some((end) => end === state)
