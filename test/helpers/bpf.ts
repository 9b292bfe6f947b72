import assert from 'node:assert/strict'

/**
 * A system call as a filter sees it; on x86-64 unless `architecture` is another one
 * (linux/audit.h).
 */
export interface FilteredCall {
  readonly number: number
  readonly args?: readonly bigint[]
  readonly architecture?: number
}

/** AUDIT_ARCH_… of linux/audit.h. */
export const X86_64 = 0xc000_003e
export const I386 = 0x4000_0003
export const AARCH64 = 0xc000_00b7
export const ARM = 0x4000_0028

/** The kernel's decision: enough of classic BPF to run the filters of appc (seccomp(2)). */
export function verdict(program: Buffer, { number, args = [], architecture = X86_64 }: FilteredCall): number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(number, 0)
  data.writeUInt32LE(architecture, 4)
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(value, 16 + 8 * index)
  let accumulator = 0
  for (let at = 0; ; at += 1) {
    const code = program.readUInt16LE(8 * at)
    const whenTrue = program.readUInt8(8 * at + 2)
    const whenFalse = program.readUInt8(8 * at + 3)
    const k = program.readUInt32LE(8 * at + 4)
    if (code === 0x06) return k
    if (code === 0x20) accumulator = data.readUInt32LE(k)
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0
    else if (code === 0x05) at += k
    else {
      const holds = {
        0x15: accumulator === k,
        0x25: accumulator > k,
        0x35: accumulator >= k,
        0x45: (accumulator & k) !== 0,
      }[code]
      assert.notEqual(holds, undefined, `instruction ${code}`)
      at += holds === true ? whenTrue : whenFalse
    }
  }
}
