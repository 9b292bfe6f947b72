/** What a part of the load test did, as lines, and what went wrong. */
export interface Report {
  readonly lines: readonly string[]
  readonly faults: readonly string[]
}

/** How often each word was counted. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(word: string): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
  }

  toString(): string {
    return [...this.#counts].map(([word, count]) => `${count} ${word}`).join(', ')
  }
}

/** Runs `job` with the numbers from 0 up to `count`, `width` of them at a time. */
export async function atATime(count: number, width: number, job: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await job(index)
  }
  await Promise.all(Array.from({ length: width }, worker))
}
