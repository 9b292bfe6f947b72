import { RECENT_CALLS } from './seccomp-calls.js'

/** The classic BPF instructions used here (linux/bpf_common.h), on `struct seccomp_data`. */
const LOAD_NUMBER = 0x20
const JUMP_EQUAL = 0x15
const JUMP_GREATER = 0x25
const JUMP_GREATER_OR_EQUAL = 0x35
const RETURN = 0x06

const ALLOW = 0x7fff_0000
const ERRNO = 0x0005_0000
const ENOSYS = 38

/** Numbers of the x32 ABI begin here. */
const X32 = 0x4000_0000

const INSTRUCTION_BYTES = 8

/**
 * Puts a few instructions before a compiled filter. A call of {@link RECENT_CALLS} is allowed if `allowed` has its number; one
 * above all of them does not exist (ENOSYS), so that C libraries do without; everything else is the filter's.
 */
export function withRecentCalls(filter: Buffer, allowed: readonly number[]): Buffer {
  const numbers = RECENT_CALLS.map(({ number }) => number)
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)]
  const [allow, missing, rest] = [4, 5, 6].map((index) => index + allowed.length) as [number, number, number]
  const program = [
    instruction(LOAD_NUMBER, 0),
    instruction(JUMP_GREATER_OR_EQUAL, first, 0, rest - 2),
    instruction(JUMP_GREATER_OR_EQUAL, X32, rest - 3, 0),
    ...allowed.map((number, index) => instruction(JUMP_EQUAL, number, allow - (index + 4), 0)),
    instruction(JUMP_GREATER, last, missing - (allowed.length + 4), rest - (allowed.length + 4)),
    instruction(RETURN, ALLOW),
    instruction(RETURN, ERRNO | ENOSYS),
  ]
  return Buffer.concat([...program, filter])
}

/** One `struct sock_filter`; jumps count from the next instruction. */
function instruction(code: number, value: number, whenTrue = 0, whenFalse = 0): Buffer {
  const bytes = Buffer.alloc(INSTRUCTION_BYTES)
  bytes.writeUInt16LE(code, 0)
  bytes.writeUInt8(whenTrue, 2)
  bytes.writeUInt8(whenFalse, 3)
  bytes.writeUInt32LE(value >>> 0, 4)
  return bytes
}
