import type { Dice } from './dice.js'

type Change = (bytes: Buffer, dice: Dice, others: readonly Buffer[]) => Buffer

const CHANGES: readonly Change[] = [
  (bytes, dice) => with1(bytes, dice, (byte) => byte ^ (1 << dice.roll(8))),
  (bytes, dice) => with1(bytes, dice, () => dice.roll(256)),
  (bytes, dice) => with1(bytes, dice, () => dice.pick([0, 1, 0x7f, 0x80, 0xc0, 0xcb, 0xd2, 0xe0, 0xef, 0xfe, 0xff])),
  (bytes, dice) => bytes.subarray(0, dice.roll(bytes.length + 1)),
  (bytes, dice) => cut(bytes, dice.roll(bytes.length), 1 + dice.roll(16), Buffer.alloc(0)),
  (bytes, dice) => cut(bytes, dice.roll(bytes.length + 1), 0, piece(bytes, dice)),
  (bytes, dice, others) => cut(bytes, dice.roll(bytes.length + 1), 0, piece(dice.pick(others), dice)),
  (bytes, dice, others) => Buffer.concat([bytes, dice.pick(others)]),
  (bytes, dice, others) => Buffer.concat([dice.pick(others), bytes]),
  (bytes, dice) => Buffer.concat([bytes, piece(bytes, dice)]),
]

/** Bytes with a few changes the dice choose: most of them near the beginning, where packets have their heads. */
export function mutate(bytes: Buffer, dice: Dice, others: readonly Buffer[]): Buffer {
  let changed = bytes
  for (let count = 1 + dice.roll(3); count > 0; count--) changed = dice.pick(CHANGES)(changed, dice, others)
  return changed
}

function with1(bytes: Buffer, dice: Dice, change: (byte: number) => number): Buffer {
  const changed = Buffer.from(bytes)
  const at = dice.roll(3) === 0 ? dice.roll(bytes.length) : dice.roll(Math.min(bytes.length, 64))
  if (changed.length > 0) changed[at] = change(changed[at] ?? 0)
  return changed
}

const cut = (bytes: Buffer, at: number, length: number, instead: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), instead, bytes.subarray(at + length)])

function piece(bytes: Buffer, dice: Dice): Buffer {
  const from = dice.roll(bytes.length)
  return bytes.subarray(from, from + 1 + dice.roll(64))
}
