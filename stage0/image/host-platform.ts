/** A list of at least one architecture. */
type Architectures = readonly [string, ...string[]]

/**
 * The architectures of the specification (M3) that a machine runs, its native one first. The keys
 * are Node's names.
 */
const SUPPORTED: Readonly<Partial<Record<NodeJS.Architecture, Architectures>>> = {
  x64: ['amd64', 'i386'],
  arm64: ['aarch64'],
}

/** The architectures that a machine runs, in the specification's names, its native one first. */
export const architectures = (machine: NodeJS.Architecture = process.arch): Architectures =>
  SUPPORTED[machine] ?? [machine]
