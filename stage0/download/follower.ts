import { type Growth, native } from '#native'

/** A download that its reader need not wait for: what reads it to `growth` waits for what is not there yet. */
export interface Body {
  /** Open for reading; where it stands does not matter. */
  readonly fd: number
  readonly growth: Growth
  /** Gives up its bytes, once it is whole and read, so that the disk need not get them. */
  empty(): void
}

/**
 * Works on a file while it comes, from when its first bytes are there; called anew where it begins anew. What it gives counts once
 * the file is whole, what it throws ends the download.
 */
export type Follow<T> = (body: Body) => Promise<T>

/** What a file tells of itself to whoever follows it. */
export type Followed = Pick<Follower<unknown>, 'grew' | 'giveUp'>

/** Enough to tell by it what kind of file it is. */
const FIRST_BYTES = 16

interface Following<T> {
  readonly growth: Growth
  readonly outcome: Promise<T>
  failure?: { readonly error: unknown }
}

/** Lets somebody follow the bytes in a slot. */
export class Follower<T> {
  readonly #follow: Follow<T>
  readonly #file: Omit<Body, 'growth'>
  #following: Following<T> | undefined
  /** What was begun and given up; none of it rejects. */
  readonly #past: Promise<unknown>[] = []

  constructor(file: Omit<Body, 'growth'>, follow: Follow<T>) {
    this.#file = file
    this.#follow = follow
  }

  /** So many bytes are there. Throws what the following has failed with. */
  grew(bytes: number): void {
    if (this.#following?.failure !== undefined) throw this.#following.failure.error
    if (this.#following === undefined && bytes < FIRST_BYTES) return
    this.#begun().growth.grew(bytes)
  }

  /** All bytes there will be are there; what has come of following them. */
  whole(bytes: number): Promise<T> {
    const { growth, outcome } = this.#begun()
    growth.grew(bytes)
    growth.whole()
    return outcome
  }

  /** The file begins anew, or never gets whole. */
  giveUp(): void {
    if (this.#following === undefined) return
    this.#following.growth.giveUp()
    this.#past.push(this.#following.outcome.catch(() => undefined))
    this.#following = undefined
  }

  /** Resolves when nothing is at work any more on what was given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#past)
  }

  #begun(): Following<T> {
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
