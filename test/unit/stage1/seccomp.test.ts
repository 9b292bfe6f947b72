import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { native, type SeccompRule } from '#native'
import { DEFAULT_CAPABILITIES } from '#schema/capabilities.js'
import { withRecentCalls } from '../../../stage1/plan/seccomp-recent.js'
import { defaultFilter } from '../../../stage1/plan/seccomp.js'

const [EPERM, ENOSYS] = [1, 38]
const ALLOW = 0x7fff_0000
const errno = (number: number) => 0x0005_0000 | number
const X86_64 = 0xc000_003e

/** What the kernel would do: enough of classic BPF to run these filters (seccomp(2)). */
function verdict(program: Buffer, call: { number: number; args?: readonly number[] }): number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(call.number, 0)
  data.writeUInt32LE(X86_64, 4)
  for (const [index, value] of (call.args ?? []).entries()) data.writeBigUInt64LE(BigInt(value), 16 + 8 * index)
  let accumulator = 0
  for (let at = 0; ; at += 1) {
    const code = program.readUInt16LE(8 * at)
    const [jumpTrue, jumpFalse, k] = [
      program.readUInt8(8 * at + 2),
      program.readUInt8(8 * at + 3),
      program.readUInt32LE(8 * at + 4),
    ]
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
      at += holds === true ? jumpTrue : jumpFalse
    }
  }
}

const compiled = (capabilities: readonly string[]) => {
  const { known, recent } = defaultFilter(capabilities)
  return withRecentCalls(native.compileSeccomp(known), recent)
}

test(
  'SPEC I3: the default filter allows ordinary calls, and EPERM is the answer to the others',
  { skip: process.arch !== 'x64' },
  () => {
    const filter = compiled(DEFAULT_CAPABILITIES)
    const expected: readonly [string, number, readonly number[], number][] = [
      ['read', 0, [], ALLOW],
      ['execve', 59, [], ALLOW],
      ['chroot', 161, [], ALLOW],
      ['mount', 165, [], errno(EPERM)],
      ['init_module', 175, [], errno(EPERM)],
      ['bpf', 321, [], errno(EPERM)],
      ['io_uring_setup', 425, [], errno(EPERM)],
      ['clone of a thread', 56, [0x3d0f00], ALLOW],
      ['clone with CLONE_NEWUSER', 56, [0x1000_0000], errno(EPERM)],
      ['unshare of CLONE_FILES', 272, [0x400], ALLOW],
      ['unshare of CLONE_NEWNS', 272, [0x2_0000], errno(EPERM)],
      ['clone3', 435, [], errno(ENOSYS)],
      ['socket of AF_INET', 41, [2], ALLOW],
      ['socket of AF_VSOCK', 41, [40], errno(EPERM)],
      ['personality "tell me"', 135, [0xffff_ffff], ALLOW],
      ['personality ADDR_NO_RANDOMIZE', 135, [0x4_0000], errno(EPERM)],
      ['mseal', 462, [], ALLOW],
      ['listmount', 458, [], errno(EPERM)],
      ['a call nobody knows', 1000, [], errno(ENOSYS)],
    ]
    for (const [what, number, args, action] of expected) {
      assert.equal(verdict(filter, { number, args }), action, what)
    }
  },
)

test('a capability brings its calls', { skip: process.arch !== 'x64' }, () => {
  const filter = compiled(['CAP_SYS_ADMIN'])
  for (const number of [56, 165, 272, 435, 458, 467]) {
    assert.equal(verdict(filter, { number, args: [0x1000_0000] }), ALLOW, `call ${number}`)
  }
  assert.equal(verdict(filter, { number: 161 }), errno(EPERM), 'chroot without CAP_SYS_CHROOT')
})

test('no call stands in two rules', () => {
  const { rules } = defaultFilter(DEFAULT_CAPABILITIES).known
  const plain = (rule: SeccompRule) => rule.when === undefined
  const calls = rules.filter(plain).flatMap((rule) => rule.calls)
  assert.deepEqual(
    calls.filter((call, index) => calls.indexOf(call) !== index),
    [],
  )
})
