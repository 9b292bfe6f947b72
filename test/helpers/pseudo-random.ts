/** Numbers that look random and are the same in every run (xorshift32). */
export class PseudoRandom {
  #state: number

  constructor(seed: number) {
    // The state must not be 0, and similar seeds must give different numbers from the first one on.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) || 1
  }

  /** An integer from 0 to `below` - 1; 0 if there is nothing to choose from. */
  roll(below: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return below < 1 ? 0 : (this.#state >>> 0) % below
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.roll(items.length)] as T
  }
}
