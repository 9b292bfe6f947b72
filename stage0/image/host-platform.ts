/** One architecture or more. */
type Architectures = readonly [string, ...string[]]

/** Which of the specification's architectures (M3) a machine runs, its own first; keys are Node's names. */
const RUNS: Readonly<Partial<Record<NodeJS.Architecture, Architectures>>> = {
  x64: ['amd64', 'i386'],
  arm64: ['aarch64'],
}

/** The architectures, in the specification's words, that a machine runs; its own first. */
export const architectures = (machine: NodeJS.Architecture = process.arch): Architectures => RUNS[machine] ?? [machine]
