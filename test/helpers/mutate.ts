import type { PseudoRandom } from './pseudo-random.js'

type Change = (bytes: Buffer, random: PseudoRandom, others: readonly Buffer[]) => Buffer

const CHANGES: readonly Change[] = [
  (bytes, random) => with1(bytes, random, (byte) => byte ^ (1 << random.roll(8))),
  (bytes, random) => with1(bytes, random, () => random.roll(256)),
  (bytes, random) =>
    with1(bytes, random, () => random.pick([0, 1, 0x7f, 0x80, 0xc0, 0xcb, 0xd2, 0xe0, 0xef, 0xfe, 0xff])),
  (bytes, random) => bytes.subarray(0, random.roll(bytes.length + 1)),
  (bytes, random) => cut(bytes, random.roll(bytes.length), 1 + random.roll(16), Buffer.alloc(0)),
  (bytes, random) => cut(bytes, random.roll(bytes.length + 1), 0, piece(bytes, random)),
  (bytes, random, others) => cut(bytes, random.roll(bytes.length + 1), 0, piece(random.pick(others), random)),
  (bytes, random, others) => Buffer.concat([bytes, random.pick(others)]),
  (bytes, random, others) => Buffer.concat([random.pick(others), bytes]),
  (bytes, random) => Buffer.concat([bytes, piece(bytes, random)]),
]

/**
 * Bytes with a few random changes, most of them near the beginning, where the packets have their
 * heads.
 */
export function mutate(bytes: Buffer, random: PseudoRandom, others: readonly Buffer[]): Buffer {
  let changed = bytes
  for (let count = 1 + random.roll(3); count > 0; count--) changed = random.pick(CHANGES)(changed, random, others)
  return changed
}

function with1(bytes: Buffer, random: PseudoRandom, change: (byte: number) => number): Buffer {
  const changed = Buffer.from(bytes)
  const at = random.roll(3) === 0 ? random.roll(bytes.length) : random.roll(Math.min(bytes.length, 64))
  if (changed.length > 0) changed[at] = change(changed[at] ?? 0)
  return changed
}

const cut = (bytes: Buffer, at: number, length: number, instead: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), instead, bytes.subarray(at + length)])

function piece(bytes: Buffer, random: PseudoRandom): Buffer {
  const from = random.roll(bytes.length)
  return bytes.subarray(from, from + 1 + random.roll(64))
}
