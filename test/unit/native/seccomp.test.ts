import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { native, type SeccompFilter } from '#native'
import { I386, verdict } from '../../helpers/bpf.js'

const compile = (filter: SeccompFilter) => native.compileSeccomp(filter)
const deny = (...calls: string[]): SeccompFilter => ({ otherwise: 'allow', rules: [{ calls, action: 1 }] })

/**
 * The constants with which a filter compares, or that it returns: field `k` of each struct
 * sock_filter.
 */
const constants = (filter: Buffer) =>
  Array.from({ length: filter.length / 8 }, (_, index) => filter.readUInt32LE(index * 8 + 4))

const SECCOMP_RET_ALLOW = 0x7fff0000
const SECCOMP_RET_KILL_PROCESS = 0x80000000
const eperm = 0x00050001

describe('compiling seccomp filters', () => {
  test('a filter consists of whole instructions that return the requested actions', () => {
    const filter = compile(deny('mount'))
    assert.equal(filter.length % 8, 0)
    assert.ok(constants(filter).includes(SECCOMP_RET_ALLOW))
    assert.ok(constants(filter).includes(eperm))
    const strict = compile({ otherwise: 'kill', rules: [{ calls: ['read'], action: 'allow' }] })
    assert.ok(constants(strict).includes(SECCOMP_RET_KILL_PROCESS))
  })

  test(
    'the rules are those of the 32-bit ABI where asked; others kill',
    { skip: process.arch !== 'x64' && 'numbers of x86' },
    () => {
      // mount(2) is 165 on x86-64, and 21 on i386.
      const mount = [{ number: 165 }, { number: 21, architecture: I386 }, { number: 165 + 0x40000000 }]
      const verdicts = (filter: SeccompFilter) => mount.map((call) => verdict(compile(filter), call))
      assert.deepEqual(verdicts(deny('mount')), [eperm, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS])
      assert.deepEqual(verdicts({ ...deny('mount'), compat: true }), [eperm, eperm, SECCOMP_RET_KILL_PROCESS])
    },
  )

  test('a call of another architecture is skipped; the error names an unknown call', () => {
    assert.deepEqual(compile(deny('mount', 's390_pci_mmio_read')), compile(deny('mount')))
    assert.throws(() => compile(deny('mount', 'mout')), {
      code: 'EINVAL',
      message: 'system call "mout": is unknown to libseccomp',
    })
  })

  test('rules that change nothing and repeated rules are no error', () => {
    const rules = [
      { calls: ['read'], action: 'allow' },
      { calls: ['mount', 'mount'], action: 1 },
    ] as const
    assert.deepEqual(compile({ otherwise: 'allow', rules }), compile(deny('mount')))
  })

  test('conditions on arguments', () => {
    const when = (index: number, compare: 'eq' | 'ne' | 'masked', value: number, mask?: number) =>
      compile({
        otherwise: 'allow',
        rules: [
          { calls: ['socket'], action: 1, when: [{ index, compare, value, ...(mask === undefined ? {} : { mask }) }] },
        ],
      })
    assert.ok(constants(when(0, 'eq', 16)).includes(16))
    assert.notDeepEqual(when(0, 'eq', 16), when(0, 'ne', 16))
    assert.ok(constants(when(1, 'masked', 0x400, 0xc00)).includes(0xc00))
    assert.throws(() => when(1, 'masked', 1), { code: 'EINVAL', message: 'seccomp condition: `masked` needs a mask' })
    assert.throws(() => when(6, 'eq', 1), {
      code: 'EINVAL',
      message: 'seccomp condition: argument 6 is not one of 0 to 5',
    })
    assert.throws(() => when(0, 'eq', -1), { code: 'EINVAL', message: 'seccomp condition: -1 is not an exact number' })
  })

  test('an action that is not an errno is refused', () => {
    for (const action of [-1, 1.5, 4096, NaN]) {
      assert.throws(() => compile({ otherwise: action, rules: [] }), {
        code: 'EINVAL',
        message: `seccomp action ${action}: is no errno`,
      })
    }
  })
})
