import { flag, stringMap, type Parser } from './check.js'
import {
  apparmorProfile,
  between,
  capabilitySet,
  defaultResource,
  resource,
  seccompSet,
  selinuxContext,
} from './isolator-values.js'

/** One isolator of the specification. */
export interface IsolatorRow<Value, Name extends string> {
  /** The parser of its value, for the form only: stage1/plan/isolators enforces it. */
  readonly parse: Parser<Value>
  /**
   * Where it has a meaning: for an app, a pod, or both. Elsewhere it is noted and ignored (SPEC
   * I14).
   */
  readonly scope: IsolatorScope | 'both'
  /** Whether one list may contain it several times. */
  readonly repeatable: boolean
  /** An isolator that must not be in the same list; only one of the two rows has this field. */
  readonly excludes?: Name
}

/** The owner of a list of isolators. */
export type IsolatorScope = 'app' | 'pod'

/** The table of isolators. A new isolator needs a row here and a rule in stage1/plan/isolators. */
const ROWS = {
  'os/linux/seccomp-remove-set': {
    parse: seccompSet,
    scope: 'app',
    repeatable: false,
    excludes: 'os/linux/seccomp-retain-set',
  },
  'os/linux/seccomp-retain-set': { parse: seccompSet, scope: 'app', repeatable: false },
  'os/linux/selinux-context': { parse: selinuxContext, scope: 'both', repeatable: false },
  'os/linux/apparmor-profile': { parse: apparmorProfile, scope: 'both', repeatable: false },
  'os/linux/capabilities-remove-set': {
    parse: capabilitySet,
    scope: 'app',
    repeatable: true,
    excludes: 'os/linux/capabilities-retain-set',
  },
  'os/linux/capabilities-retain-set': { parse: capabilitySet, scope: 'app', repeatable: true },
  'os/linux/no-new-privileges': { parse: flag, scope: 'app', repeatable: true },
  'os/linux/oom-score-adj': {
    parse: between('os/linux/oom-score-adj', -1000, 1000),
    scope: 'app',
    repeatable: false,
  },
  'os/linux/cpu-shares': { parse: between('os/linux/cpu-shares', 2, 262144), scope: 'app', repeatable: false },
  'os/unix/sysctl': { parse: stringMap, scope: 'pod', repeatable: false },
  'resource/memory': { parse: resource, scope: 'both', repeatable: true },
  'resource/cpu': { parse: resource, scope: 'both', repeatable: true },
  'resource/block-bandwidth': { parse: defaultResource, scope: 'both', repeatable: true },
  'resource/block-iops': { parse: defaultResource, scope: 'both', repeatable: true },
  'resource/network-bandwidth': { parse: defaultResource, scope: 'both', repeatable: true },
} as const satisfies Readonly<Record<string, IsolatorRow<unknown, string>>>

/** The names of the known isolators. */
export type IsolatorName = keyof typeof ROWS

/** The value types of the known isolators, by name. */
export type IsolatorValues = {
  readonly [Name in IsolatorName]: NonNullable<ReturnType<(typeof ROWS)[Name]['parse']>>
}

/**
 * The known isolators (SPEC I1…I13): parser, scope, whether repeatable, and which other it
 * excludes.
 */
export const ISOLATORS: { readonly [Name in IsolatorName]: IsolatorRow<IsolatorValues[Name], IsolatorName> } = ROWS

/** Whether an isolator of that name is known. */
export const isIsolatorName = (name: string): name is IsolatorName => Object.hasOwn(ISOLATORS, name)

/** The names of the known isolators, in the order of the table. */
export const ISOLATOR_NAMES: readonly IsolatorName[] = Object.keys(ISOLATORS).filter(isIsolatorName)
