import { Bus, type Signal } from './bus.js'
import { activeState } from './manager.js'
import { unitPath } from './unit-path.js'

/** How a unit's start ended, in systemd's words; `gone` where its unit was unloaded meanwhile. */
export type StartResult = 'done' | 'failed' | 'dependency' | 'canceled' | 'timeout' | 'skipped' | 'gone' | (string & {})

interface Watched {
  readonly started: PromiseWithResolvers<StartResult>
  readonly ended: PromiseWithResolvers<void>
  hasStarted: boolean
  /** Its result is systemd's `timeout`. */
  timedOut: boolean
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
  #closing = false
  /** A daemon-reload takes all units out and puts them in again. */
  #reloading = false

  /**
   * @param prefix what the names of all `units` begin with
   * @param from whether the units are to be made (`start`), or may be running already (`now`)
   */
  constructor(bus: Bus, prefix: string, units: readonly string[], from: 'start' | 'now') {
    this.#bus = bus
    this.#words = [prefix, unitPath(prefix), 'Reloading']
    this.#units = new Map(
      units.map((unit) => [
        unit,
        {
          started: Promise.withResolvers(),
          ended: Promise.withResolvers(),
          hasStarted: from === 'now',
          timedOut: false,
          stopPost: undefined,
        },
      ]),
    )
    for (const { started, ended } of this.#units.values()) {
      // Whoever waits is told; a failure nobody waits for is none.
      started.promise.catch(() => undefined)
      ended.promise.catch(() => undefined)
    }
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

  /** Settles when the unit is no more: unloaded, or inactive after its start. */
  ended(unit: string): Promise<void> {
    return this.#of(unit).ended.promise
  }

  /**
   * Tells whether something of the unit was stopped because it took too long. The unit's result is the first thing that went
   * wrong, so after another failure a stop-post that ran for `limit` ms tells it.
   */
  timedOut(unit: string, limit: number): boolean {
    const { timedOut, stopPost } = this.#of(unit)
    return timedOut || (stopPost?.killedAfter ?? 0) >= limit * NEARLY
  }

  close(): void {
    this.#closing = true
    this.#bus.close()
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

  #take({ member, path, body, textOf }: Signal): void {
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
      this.#onPhase(this.#of(unit), textOf('SubState'), textOf('Result'))
      if (this.#of(unit).hasStarted && isOver(textOf('ActiveState'))) this.#onEnded(unit)
    }
  }

  #onPhase(watched: Watched, phase: string | undefined, result: string | undefined): void {
    // not performance.now(): the first use of that loads a part of Node
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

  #onEnded(unit: string): void {
    const watched = this.#units.get(unit)
    watched?.started.resolve('gone')
    watched?.ended.resolve()
  }

  /** Asks for what was missed. Where no answer comes the unit has just gone, or the connection: both are told later. */
  async #catchUp(): Promise<void> {
    const bus = this.#bus
    for (const unit of this.#units.keys()) {
      const state = await activeState(bus, unit).catch(() => undefined)
      if (state === undefined) continue
      if (state === null || (this.#of(unit).hasStarted && isOver(state))) this.#onEnded(unit)
      else if (state === 'active') this.#onStarted(unit, 'done')
    }
  }

  async #reconnect(): Promise<void> {
    try {
      this.#bus = await Bus.reopen()
      this.#reloading = false
      this.#listen()
      await this.#catchUp()
    } catch (error) {
      for (const { started, ended } of this.#units.values()) {
        started.reject(error)
        ended.reject(error)
      }
    }
  }
}

/** The signals that begin and end a phase may come with different delays. */
const NEARLY = 0.9

const STATES_OF_END: readonly string[] = ['inactive', 'failed']

/** Tells whether a unit in that ActiveState has ended. */
export const isOver = (state: unknown): boolean => STATES_OF_END.some((end) => end === state)
