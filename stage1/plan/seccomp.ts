import type { SeccompFilter, SeccompRule } from '#native'
import { CALLS_OF_CAPABILITY, ORDINARY_CALLS, RECENT_CALLS } from './seccomp-calls.js'

const EPERM = 1
const ENOSYS = 38

/**
 * A filter in two parts: the part that libseccomp compiles, and the calls that libseccomp may not
 * know, allowed by number.
 */
export interface PlannedFilter {
  readonly known: SeccompFilter & { readonly compat: boolean }
  readonly recent: readonly number[]
}

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (clone(2)). */
const NEW_NAMESPACES = 0x7e02_0000

/** For unshare(2) only; in clone(2) this bit belongs to the exit signal. */
const CLONE_NEWTIME = 0x80

/**
 * The bits that the kernel uses of an `unsigned int`; it ignores the upper half of the register.
 */
const UNSIGNED_INT = 0xffff_ffff

/**
 * Linux, 32-bit Linux, both also as 2.6, and the query value (personality(2)). The other values
 * weaken address space randomization.
 */
const PERSONALITIES = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff]

const words = (text: string): string[] => text.match(/\S+/g) ?? []

/** The calls that are allowed depending on their arguments. */
const RESTRICTED: readonly SeccompRule[] = [
  {
    calls: ['clone'],
    action: 'allow',
    when: [{ index: 0, compare: 'masked', mask: NEW_NAMESPACES, value: 0 }],
  },
  {
    calls: ['unshare'],
    action: 'allow',
    when: [{ index: 0, compare: 'masked', mask: NEW_NAMESPACES | CLONE_NEWTIME, value: 0 }],
  },
  ...PERSONALITIES.map((value): SeccompRule => ({
    calls: ['personality'],
    action: 'allow',
    when: [{ index: 0, compare: 'masked', mask: UNSIGNED_INT, value }],
  })),
]

/**
 * The flags of clone3(2) are behind a pointer that no filter can follow. After ENOSYS, C libraries
 * use clone(2).
 */
const CLONE3_IS_MISSING: SeccompRule = { calls: ['clone3'], action: ENOSYS }

/**
 * The filter of an app without a seccomp isolator (I3). It allows ordinary calls and those of the
 * capabilities of the app. All other calls fail with EPERM, and calls that are not known yet with
 * ENOSYS, as in a kernel without them. `compat`: whether the 32-bit ABI of the machine is allowed
 * too.
 */
export function defaultFilter(capabilities: readonly string[], compat: boolean): PlannedFilter {
  const granted = new Set(capabilities.flatMap((name) => words(CALLS_OF_CAPABILITY[name] ?? '')))
  const ordinary = Object.values(ORDINARY_CALLS).flatMap(words)
  const rules = [...RESTRICTED, CLONE3_IS_MISSING]
    .map((rule) => ({ ...rule, calls: rule.calls.filter((call) => !granted.has(call)) }))
    .filter(({ calls }) => calls.length > 0)
  return {
    known: {
      otherwise: EPERM,
      rules: [{ calls: [...new Set([...ordinary, ...granted])].sort(), action: 'allow' }, ...rules],
      compat,
    },
    recent: RECENT_CALLS.filter(({ capability }) => capability === undefined || capabilities.includes(capability)).map(
      ({ number }) => number,
    ),
  }
}
