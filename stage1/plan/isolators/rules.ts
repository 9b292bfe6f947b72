import type { IsolatorName, IsolatorScope } from '#schema/isolator-table.js'
import { capabilitiesRemoveSet } from './capabilities-remove-set.js'
import { capabilitiesRetainSet } from './capabilities-retain-set.js'
import { noNewPrivileges } from './no-new-privileges.js'
import type { Rule } from './rule.js'

/** The isolator is parsed, and a warning says that it is not enforced. */
const NOT_ENFORCED = {}

/** A rule for every isolator of the schema. */
export type Rules = { readonly [Name in IsolatorName]: Rule<Name> }

/**
 * The compiler reports a missing row. Where two rules set the same property or field, the later row
 * takes effect.
 */
export const RULES: Rules = {
  'os/linux/seccomp-remove-set': NOT_ENFORCED,
  'os/linux/seccomp-retain-set': NOT_ENFORCED,
  'os/linux/selinux-context': NOT_ENFORCED,
  'os/linux/apparmor-profile': NOT_ENFORCED,
  'os/linux/capabilities-remove-set': capabilitiesRemoveSet,
  'os/linux/capabilities-retain-set': capabilitiesRetainSet,
  'os/linux/no-new-privileges': noNewPrivileges,
  'os/linux/oom-score-adj': NOT_ENFORCED,
  'os/linux/cpu-shares': NOT_ENFORCED,
  'os/unix/sysctl': NOT_ENFORCED,
  'resource/memory': NOT_ENFORCED,
  'resource/cpu': NOT_ENFORCED,
  'resource/block-bandwidth': NOT_ENFORCED,
  'resource/block-iops': NOT_ENFORCED,
  'resource/network-bandwidth': NOT_ENFORCED,
}

const hasRule = (name: string): name is IsolatorName => Object.hasOwn(RULES, name)

/** The names of the known isolators, in the order of the rules. */
export const RULE_NAMES: readonly IsolatorName[] = Object.keys(RULES).filter(hasRule)

/** Whether an isolator is enforced in that scope. An isolator with an unknown name is not. */
export const isEnforced = (name: string, scope: IsolatorScope): boolean =>
  hasRule(name) && RULES[name][scope] !== undefined
