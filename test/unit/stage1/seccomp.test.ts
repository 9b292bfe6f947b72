import { strict as assert } from 'node:assert'
import { describe, test } from 'node:test'
import { native, type SeccompRule } from '#native'
import { AARCH64, ARM, I386, verdict, X86_64, type FilteredCall } from '../../helpers/bpf.js'
import { assemble, answer, compare, load } from '../../../stage1/plan/bpf.js'
import { withPrologue } from '../../../stage1/plan/seccomp-prologue.js'
import { defaultFilter } from '../../../stage1/plan/seccomp.js'

const ALLOW = 0x7fff_0000
const KILL_PROCESS = 0x8000_0000
const errno = (number: number) => 0x0005_0000 | number
const [EPERM, ENOSYS] = [errno(1), errno(38)]

const compiled = (capabilities: readonly string[], compat = false) => {
  const { known, recent } = defaultFilter(capabilities, compat)
  return withPrologue(native.compileSeccomp(known), { recent, compat, machine: process.arch })
}
const answers = (filter: Buffer, calls: Readonly<Record<string, readonly [FilteredCall, number]>>): void => {
  for (const [what, [call, expected]] of Object.entries(calls)) assert.equal(verdict(filter, call), expected, what)
}
const call = (number: number, ...args: bigint[]): FilteredCall => ({ number, args })
const call32 = (number: number, ...args: bigint[]): FilteredCall => ({ number, args, architecture: I386 })

describe('the default filter', { skip: process.arch !== 'x64' && 'numbers of x86-64' }, () => {
  test('SPEC I3: ordinary calls are allowed, and the others fail with EPERM', () => {
    answers(compiled(['CAP_SYS_CHROOT']), {
      read: [call(0), ALLOW],
      execve: [call(59), ALLOW],
      chroot: [call(161), ALLOW],
      mount: [call(165), EPERM],
      init_module: [call(175), EPERM],
      bpf: [call(321), EPERM],
      io_uring_setup: [call(425), EPERM],
      'clone of a thread': [call(56, 0x3d0f00n), ALLOW],
      'clone with CLONE_NEWUSER': [call(56, 0x1000_0000n), EPERM],
      'unshare of CLONE_FILES': [call(272, 0x400n), ALLOW],
      'unshare of CLONE_NEWNS': [call(272, 0x2_0000n), EPERM],
      'unshare of CLONE_NEWTIME': [call(272, 0x80n), EPERM],
      clone3: [call(435), ENOSYS],
      'personality "tell me"': [call(135, 0xffff_ffffn), ALLOW],
      'personality "tell me", said as -1': [call(135, 0xffff_ffff_ffff_ffffn), ALLOW],
      'personality ADDR_NO_RANDOMIZE': [call(135, 0x4_0000n), EPERM],
      mseal: [call(462), ALLOW],
      listmount: [call(458), EPERM],
      'a call nobody knows': [call(1000), ENOSYS],
    })
  })

  test('a capability allows its calls', () => {
    const filter = compiled(['CAP_SYS_ADMIN'])
    for (const number of [56, 165, 272, 435, 458, 467]) assert.equal(verdict(filter, call(number, 0x1000_0000n)), ALLOW)
    assert.equal(verdict(filter, call(161)), EPERM, 'chroot without CAP_SYS_CHROOT')
  })

  test('socket families and ioctl requests are compared by the bits that the kernel uses of the argument', () => {
    for (const upper of [0n, 1n << 32n, 0xffff_ffffn << 32n]) {
      answers(compiled([]), {
        'socket of AF_INET': [call(41, upper | 2n), ALLOW],
        'socket of the family before': [call(41, upper | 37n), ALLOW],
        'socket of AF_ALG': [call(41, upper | 38n), EPERM],
        'socket of the family between': [call(41, upper | 39n), ALLOW],
        'socket of AF_VSOCK': [call(41, upper | 40n), EPERM],
        'socket of the family after': [call(41, upper | 41n), ALLOW],
        'socketpair of AF_UNIX': [call(53, upper | 1n), ALLOW],
        'socketpair of AF_ALG': [call(53, upper | 38n), EPERM],
        'socketpair of AF_VSOCK': [call(53, upper | 40n), EPERM],
        TIOCSTI: [call(16, 0n, upper | 0x5412n), EPERM],
        TIOCGWINSZ: [call(16, 0n, upper | 0x5413n), ALLOW],
        TIOCLINUX: [call(16, 0n, upper | 0x541cn), EPERM],
      })
    }
  })

  test('x32 does not exist, for any image', () => {
    for (const filter of [compiled([]), compiled([], true), compiled(['CAP_SYS_ADMIN'], true)]) {
      answers(filter, {
        read: [call(0x4000_0000), ENOSYS],
        'socket of AF_VSOCK': [call(0x4000_0029, 40n), ENOSYS],
        mseal: [call(0x4000_01ce), ENOSYS],
      })
    }
  })

  test('calls of the 32-bit ABI kill the process, unless the image is made for it', () => {
    const numbers = [3, 102, 359, 462, 1000]
    for (const number of numbers) assert.equal(verdict(compiled(['CAP_SYS_ADMIN']), call32(number)), KILL_PROCESS)
    for (const architecture of [AARCH64, ARM, 0]) {
      assert.equal(verdict(compiled([], true), { number: 0, architecture }), KILL_PROCESS)
    }
    const both = compiled([], true)
    assert.equal(verdict(both, call(0)), ALLOW)
    answers(both, {
      read: [call32(3), ALLOW],
      chown32: [call32(212), ALLOW],
      mount: [call32(21), EPERM],
      'socket of AF_INET': [call32(359, 2n), ALLOW],
      'socket of AF_ALG': [call32(359, 38n), EPERM],
      'socket of AF_VSOCK': [call32(359, 40n), EPERM],
      'socketpair of AF_VSOCK': [call32(360, 40n), EPERM],
      'socketcall, which makes any socket': [call32(102, 1n), ENOSYS],
      'socketcall of another kind': [call32(102, 3n), ENOSYS],
      TIOCSTI: [call32(54, 0n, 0x5412n), EPERM],
      TIOCGWINSZ: [call32(54, 0n, 0x5413n), ALLOW],
      'clone with CLONE_NEWUSER': [call32(120, 0x1000_0000n), EPERM],
      clone3: [call32(435), ENOSYS],
      mseal: [call32(462), ALLOW],
      listmount: [call32(458), EPERM],
      'a call nobody knows': [call32(1000), ENOSYS],
    })
  })

  test('no call is in two rules', () => {
    const { rules } = defaultFilter(['CAP_SYS_CHROOT'], false).known
    const plain = (rule: SeccompRule) => rule.when === undefined
    const calls = rules.filter(plain).flatMap((rule) => rule.calls)
    assert.deepEqual(
      calls.filter((name, index) => calls.indexOf(name) !== index),
      [],
    )
  })
})

test('ARM machines have their own numbers', () => {
  const filter = withPrologue(assemble([answer(ALLOW)]), { recent: [462], compat: true, machine: 'arm64' })
  for (const [architecture, ioctl, socket, socketpair] of [
    [AARCH64, 29, 198, 199],
    [ARM, 54, 281, 288],
  ] as const) {
    answers(filter, {
      ioctl: [{ architecture, number: ioctl, args: [0n, 0x5412n] }, EPERM],
      socket: [{ architecture, number: socket, args: [38n] }, EPERM],
      socketpair: [{ architecture, number: socketpair, args: [40n] }, EPERM],
      'what is the filter’s': [{ architecture, number: 457 }, ALLOW],
    })
  }
  assert.equal(verdict(filter, { number: 0, architecture: X86_64 }), KILL_PROCESS)
})

test('an impossible jump is an error', () => {
  const far = Array.from({ length: 256 }, () => load(0))
  assert.throws(() => assemble([compare('equal', 1, 'end'), ...far, 'end']), {
    message: 'jump to end: 256 instructions',
  })
  assert.throws(() => assemble(['start', compare('equal', 1, 'start')]), { message: 'jump to start: -1 instructions' })
  assert.throws(() => assemble([compare('equal', 1, 'nowhere')]), { message: /^jump to nowhere/ })
})
