import type { Isolator } from '#schema/isolator.js'

/** What an app may do when nothing is said (I6): the 14 capabilities every container engine of the time left. */
export const DEFAULT_CAPABILITIES = [
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
] as const

const RETAIN = 'os/linux/capabilities-retain-set'
const REMOVE = 'os/linux/capabilities-remove-set'

const setOf = (isolator: Isolator): readonly string[] => {
  const value = isolator.value as { readonly set?: unknown } | null
  return Array.isArray(value?.set) ? value.set.filter((name) => typeof name === 'string') : []
}

/**
 * The bounding set of an app, sorted (I6): exactly the retained ones, or the default less the removed ones. Several
 * isolators of one kind add up.
 */
export function capabilitiesOf(isolators: readonly Isolator[]): readonly string[] {
  const named = (name: string) => isolators.filter((isolator) => isolator.name === name)
  const retain = named(RETAIN)
  if (retain.length > 0) return [...new Set(retain.flatMap(setOf))].sort()
  const removed = new Set(named(REMOVE).flatMap(setOf))
  return DEFAULT_CAPABILITIES.filter((name) => !removed.has(name))
}
