import type { LogRateLimit } from '#schema/bounds.js'

/** journald's own limit where no unit and no journald.conf(5) says another. */
const USUAL = { interval: 30_000, burst: 10_000 }

/** Fewer lines than this are under every limit that is worth a look. */
const FEW = 100

/** Counts the lines that come of a pod: what journald dropped of it is asked for only where that may be something. */
export class LineCount {
  /** The limit, in lines and ms, as far as it is known here. */
  readonly limit: typeof USUAL
  readonly begin = Date.now()
  #lines = 0
  #window = { begin: this.begin, stdout: 0, stderr: 0 }
  #reached = false

  constructor(limit: LogRateLimit) {
    this.limit = typeof limit === 'object' ? limit : USUAL
  }

  /** Lines of the two streams: journald has a limit for each, by their priorities. */
  add(lines: { readonly stdout: number; readonly stderr: number }): void {
    const now = Date.now()
    if (now - this.#window.begin > this.limit.interval) this.#window = { begin: now, stdout: 0, stderr: 0 }
    this.#window.stdout += lines.stdout
    this.#window.stderr += lines.stderr
    this.#lines += lines.stdout + lines.stderr
    this.#reached ||= Math.max(this.#window.stdout, this.#window.stderr) >= this.limit.burst
  }

  /** Tells whether so many lines came that some may have been dropped. */
  get isMuch(): boolean {
    return this.#lines >= Math.min(FEW, this.limit.burst)
  }

  /** Tells whether as many came at once as the limit lets pass. */
  get reachedLimit(): boolean {
    return this.#reached
  }
}
