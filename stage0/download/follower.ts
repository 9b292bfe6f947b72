import { type Growth, native } from '#native'

/** A file in download that can already be read: a reader with `growth` waits for missing bytes. */
export interface Body {
  /** Open for reading; its offset has no meaning. */
  readonly fd: number
  readonly growth: Growth
  /**
   * Truncates the file when it is complete and read, so that its bytes need not be written to disk.
   */
  empty(): void
}

/**
 * Processes a file during its download, starting with its first bytes; called again if the download
 * restarts. Its result is valid only when the file is complete; its error ends the download.
 */
export type Follow<T> = (body: Body) => Promise<T>

/** The methods of a follower that a slot calls. */
export type ByteListener = Pick<Follower<unknown>, 'grew' | 'giveUp'>

/** Number of bytes that identify the kind of a file. */
const FIRST_BYTES = 16

interface Following<T> {
  readonly growth: Growth
  readonly outcome: Promise<T>
  failure?: { readonly error: unknown }
}

/** Runs a {@link Follow} on the bytes in a slot. */
export class Follower<T> {
  readonly #follow: Follow<T>
  readonly #file: Omit<Body, 'growth'>
  #following: Following<T> | undefined
  /** The runs that were given up; none of these promises rejects. */
  readonly #abandoned: Promise<unknown>[] = []

  constructor(file: Omit<Body, 'growth'>, follow: Follow<T>) {
    this.#file = file
    this.#follow = follow
  }

  /**
   * Reports the number of present bytes. Errors: the error of the follow function, if it has
   * failed.
   */
  grew(bytes: number): void {
    if (this.#following?.failure !== undefined) throw this.#following.failure.error
    if (this.#following === undefined && bytes < FIRST_BYTES) return
    this.#start().growth.grew(bytes)
  }

  /** Reports that the file is complete; returns the result of the follow function. */
  whole(bytes: number): Promise<T> {
    const { growth, outcome } = this.#start()
    growth.grew(bytes)
    growth.whole()
    return outcome
  }

  /** Ends the run, because the download restarts or will not be completed. */
  giveUp(): void {
    if (this.#following === undefined) return
    this.#following.growth.giveUp()
    this.#abandoned.push(this.#following.outcome.catch(() => undefined))
    this.#following = undefined
  }

  /** Resolves when all runs that were given up have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#abandoned)
  }

  #start(): Following<T> {
    if (this.#following !== undefined) return this.#following
    const growth = new native.Growth()
    const { fd } = this.#file
    const following: Following<T> = {
      growth,
      outcome: this.#follow({ fd, growth, empty: () => this.#file.empty() }),
    }
    following.outcome.catch((error: unknown) => {
      following.failure = { error }
    })
    return (this.#following = following)
  }
}
