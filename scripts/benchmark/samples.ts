/** What was measured of some cases. */
export interface Compared<Name extends string> {
  readonly medians: Readonly<Record<Name, number>>
  /** The median of the rounds' ratios: what holds the machine up for a while holds up both samples of a round. */
  readonly ratio: (name: Name, peer: Name) => number
}

/** Runs the cases in turn, `rounds` times after one warm-up, so that the machine's drift hits all alike. */
export async function interleave<Name extends string>(
  cases: Record<Name, () => number | Promise<number>>,
  rounds: number,
): Promise<Compared<Name>> {
  const names = Object.keys(cases) as Name[]
  const samples: Record<Name, number>[] = []
  for (let round = -1; round < rounds; round++) {
    const sample = {} as Record<Name, number>
    for (const name of names) sample[name] = await cases[name]()
    if (round >= 0) samples.push(sample)
  }
  const medianOf = (figure: (sample: Record<Name, number>) => number) => median(samples.map(figure))
  return {
    medians: Object.fromEntries(names.map((name) => [name, medianOf((sample) => sample[name])])) as Record<
      Name,
      number
    >,
    ratio: (name, peer) => medianOf((sample) => sample[name] / sample[peer]),
  }
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2
}
