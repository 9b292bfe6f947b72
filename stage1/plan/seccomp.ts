import type { SeccompFilter, SeccompRule } from '#native'
import { CALLS_OF_CAPABILITY, ORDINARY_CALLS, RECENT_CALLS } from './seccomp-calls.js'

const EPERM = 1
const ENOSYS = 38

/** A filter in two parts: what libseccomp compiles, and calls it may not know, allowed by number. */
export interface PlannedFilter {
  readonly known: SeccompFilter & { readonly compat: boolean }
  readonly recent: readonly number[]
}

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (clone(2)). */
const NEW_NAMESPACES = 0x7e02_0000

/** For unshare(2) only; in clone(2) the bit is one of the exit signal's. */
const CLONE_NEWTIME = 0x80

/** What the kernel takes of an `unsigned int`, whatever stands in the upper half of the register. */
const UNSIGNED_INT = 0xffff_ffff

/** Linux, 32-bit Linux, both as 2.6, and "tell me" (personality(2)): the others weaken address space randomization. */
const PERSONALITIES = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff]

const words = (text: string): string[] => text.match(/\S+/g) ?? []

/** The calls whose arguments decide. */
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

/** Its flags are behind a pointer that no filter can follow; C libraries take ENOSYS as a word to use clone. */
const CLONE3_IS_MISSING: SeccompRule = { calls: ['clone3'], action: ENOSYS }

/**
 * The filter of an app without a seccomp isolator (I3): ordinary calls, and those of the capabilities it has; all others
 * fail with EPERM, and those nobody knows yet with ENOSYS, as in a kernel without them. `compat`: the machine's 32-bit ABI too.
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
