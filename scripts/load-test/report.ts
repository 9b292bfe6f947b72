/** The report of one part of the load test: what it did, as lines, and the faults. */
export interface Report {
  readonly lines: readonly string[]
  readonly faults: readonly string[]
}

/** Counts how often each name was added. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(word: string): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
  }

  toString(): string {
    return [...this.#counts].map(([word, count]) => `${count} ${word}`).join(', ')
  }
}

/** Runs `job` with the numbers from 0 to `count` - 1, `width` of them at a time. */
export async function atATime(count: number, width: number, job: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await job(index)
  }
  await Promise.all(Array.from({ length: width }, worker))
}
