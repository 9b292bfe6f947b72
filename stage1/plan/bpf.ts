/**
 * One instruction of classic BPF (linux/bpf_common.h). `whenTrue` and `whenFalse` name the marks to
 * jump to; without a mark the next instruction follows.
 */
export interface Instruction {
  readonly code: number
  readonly value: number
  readonly whenTrue?: string
  readonly whenFalse?: string
}

const RETURN = 0x06
const LOAD_WORD = 0x20

/** Loads 32 bits of `struct seccomp_data` (seccomp(2)). */
export const load = (offset: number): Instruction => ({ code: LOAD_WORD, value: offset })

/** Ends the filter with this return value. */
export const answer = (value: number): Instruction => ({ code: RETURN, value })

/** Compares the loaded value as an unsigned number. */
export const compare = (
  operator: 'equal' | 'greater' | 'at least',
  value: number,
  whenTrue?: string,
  whenFalse?: string,
): Instruction => ({
  code: { equal: 0x15, greater: 0x25, 'at least': 0x35 }[operator],
  value,
  ...(whenTrue !== undefined && { whenTrue }),
  ...(whenFalse !== undefined && { whenFalse }),
})

const INSTRUCTION_BYTES = 8
const MAX_JUMP = 0xff

/**
 * Assembles a program into the array of `struct sock_filter` that the kernel takes. The program
 * consists of instructions and marks (strings); a mark stands before the instruction that it names.
 * A mark at the end names the first instruction of the program that is appended. Errors: Error
 * where a jump goes to no mark, backwards, or farther than its 8 bits allow.
 */
export function assemble(program: readonly (Instruction | string)[]): Buffer {
  const instructions: Instruction[] = []
  const marks = new Map<string, number>()
  for (const part of program) {
    if (typeof part === 'string') marks.set(part, instructions.length)
    else instructions.push(part)
  }
  const bytes = Buffer.alloc(instructions.length * INSTRUCTION_BYTES)
  for (const [index, { code, value, whenTrue, whenFalse }] of instructions.entries()) {
    const jump = (mark: string | undefined): number => {
      if (mark === undefined) return 0
      const distance = (marks.get(mark) ?? -1) - index - 1
      if (distance < 0 || distance > MAX_JUMP) throw new Error(`jump to ${mark}: ${distance} instructions`)
      return distance
    }
    const at = index * INSTRUCTION_BYTES
    bytes.writeUInt16LE(code, at)
    bytes.writeUInt8(jump(whenTrue), at + 2)
    bytes.writeUInt8(jump(whenFalse), at + 3)
    bytes.writeUInt32LE(value >>> 0, at + 4)
  }
  return bytes
}
