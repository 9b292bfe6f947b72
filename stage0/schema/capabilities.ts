import type { IsolatorName } from './isolator-table.js'
import type { CapabilitySet } from './isolator-values.js'
import { isIsolator, isolatorValues, type Isolator } from './known-isolator.js'

/**
 * The capabilities of an app without isolators for them (SPEC I6): the 14 that container engines of
 * that time kept.
 */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
]

/**
 * The others of capabilities(7); the whole table by number is native/kernel/src/capabilities.rs.
 */
const FURTHER_CAPABILITIES: readonly string[] = [
  'CAP_AUDIT_CONTROL',
  'CAP_AUDIT_READ',
  'CAP_BLOCK_SUSPEND',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
  'CAP_DAC_READ_SEARCH',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_LEASE',
  'CAP_LINUX_IMMUTABLE',
  'CAP_MAC_ADMIN',
  'CAP_MAC_OVERRIDE',
  'CAP_NET_ADMIN',
  'CAP_NET_BROADCAST',
  'CAP_PERFMON',
  'CAP_SYSLOG',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_MODULE',
  'CAP_SYS_NICE',
  'CAP_SYS_PACCT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_WAKE_ALARM',
]

const KNOWN: ReadonlySet<string> = new Set([...DEFAULT_CAPABILITIES, ...FURTHER_CAPABILITIES])
const DEFAULT: ReadonlySet<string> = new Set(DEFAULT_CAPABILITIES)

/** The isolators with sets of capabilities, by their effect on the default set. */
export const CAPABILITY_ISOLATORS = {
  retain: 'os/linux/capabilities-retain-set',
  remove: 'os/linux/capabilities-remove-set',
} as const satisfies Record<string, IsolatorName>
const { retain: RETAIN, remove: REMOVE } = CAPABILITY_ISOLATORS

/** Whether capabilities(7) has a capability of that name. */
export const isCapability = (name: string): boolean => KNOWN.has(name)

/** All names in the capability isolators, as written. */
export const capabilityNames = (isolators: readonly Isolator[] = []): readonly string[] => [
  ...new Set(isolators.flatMap((item) => (isIsolator(item, RETAIN, REMOVE) ? item.value.set : []))),
]

/**
 * The set that the isolators request, sorted (SPEC I6): exactly the retained capabilities, or the
 * default set without the removed ones. Several isolators of one kind are combined. This function
 * does not decide who may request more than the default.
 */
export function capabilitiesOf(isolators: readonly Isolator[] = []): readonly string[] {
  const retained = isolatorValues(isolators, RETAIN)
  return retained.length > 0 ? unionOf(retained) : defaultWithout(isolatorValues(isolators, REMOVE))
}

/** The union of several retain-sets, sorted. */
export const unionOf = (sets: readonly CapabilitySet[]): readonly string[] =>
  [...new Set(sets.flatMap(({ set }) => set))].sort()

/** The default set without the capabilities of several remove-sets, sorted. */
export function defaultWithout(sets: readonly CapabilitySet[]): readonly string[] {
  const removed = new Set(sets.flatMap(({ set }) => set))
  return DEFAULT_CAPABILITIES.filter((name) => !removed.has(name))
}

/**
 * The capabilities not in the default set: an image may only remove some, the operator may also add
 * some.
 */
export const beyondDefault = (names: readonly string[]): readonly string[] => names.filter((name) => !DEFAULT.has(name))

/** The capabilities in the default set. */
export const withinDefault = (names: readonly string[]): readonly string[] => names.filter((name) => DEFAULT.has(name))

/** The operator's setting of one app's capabilities, in terms of the isolators. */
export interface CapabilityRequest {
  readonly kind: 'retain' | 'remove'
  readonly set: readonly string[]
}

/** The isolators with the operator's setting in place of their own capability sets. */
export const overrideCapabilities = (
  isolators: readonly Isolator[],
  { kind, set }: CapabilityRequest,
): readonly Isolator[] => [
  ...isolators.filter((item) => !isIsolator(item, RETAIN, REMOVE)),
  { name: CAPABILITY_ISOLATORS[kind], value: { set } },
]
