import { flag, integer, list, text, type Parser } from './check.js'
import { object, optional, required } from './check-object.js'
import { quantity } from './quantity.js'

/** `os/linux/capabilities-…-set` (SPEC I6). */
export interface CapabilitySet {
  readonly set: readonly string[]
}

/**
 * `os/linux/seccomp-…-set` (SPEC I1, I2): system call names and `@` wildcards; an empty `errno`
 * means none.
 */
export interface SeccompSet {
  readonly set: readonly string[]
  readonly errno?: string
}

/** `os/linux/selinux-context` (SPEC I4). */
export interface SELinuxContext {
  readonly user: string
  readonly role: string
  readonly type: string
  readonly level: string
}

/** `os/linux/apparmor-profile` (SPEC I5). */
export interface AppArmorProfile {
  readonly profile: string
}

/** `resource/memory` and `resource/cpu` (SPEC I8, I9): quantities as written (see quantity.ts). */
export interface Resource {
  readonly request?: string | number
  readonly limit?: string | number
}

/**
 * `resource/block-…`, `resource/network-bandwidth` (SPEC I10, I11): the limit of every device.
 */
export interface DefaultResource {
  readonly default: true
  readonly limit?: string | number
}

const nonEmpty = list(text, (items, at) => {
  if (items.length === 0) at.fault('the set is empty', 'set must be non-empty')
})

/** The parser of a set of capabilities (SPEC I6). */
export const capabilitySet = object<CapabilitySet>({ set: required(nonEmpty, 'set must be non-empty') })

const errno: Parser<string> = (value, at) => {
  const name = text(value, at)
  if (name === null || /^(E[A-Z0-9]*)?$/.test(name)) return name
  return at.fault(
    `expected an error name like EPERM, got ${JSON.stringify(name)}`,
    name.startsWith('E')
      ? `errno can only contain upper case or numeric characters, got ${name}`
      : `errno must start with an 'E' character, got ${name}`,
  )
}

/** The parser of a set of system calls (SPEC I1, I2). */
export const seccompSet = object<SeccompSet>({
  set: required(nonEmpty, 'set must be non-empty'),
  errno: optional(errno),
})

/** The field for one part of a security context. */
const part = (name: string, mayHaveColon = false) => {
  const invalidValue = (value: string) => `invalid ${name} value ${JSON.stringify(value)}`
  const parse: Parser<string> = (value, at) => {
    const string = text(value, at)
    if (string === '') return at.fault('cannot be empty', invalidValue(''))
    if (string?.includes(':') && !mayHaveColon) return at.fault(`"${string}" holds a colon`, invalidValue(string))
    return string
  }
  return required(parse, invalidValue(''))
}

/** Parsers for `request` and `default` where they have no meaning. */
const noDefault: Parser<boolean> = (value, at) => {
  const set = flag(value, at)
  return set === true ? at.fault('cannot be true for this resource', 'default must be false') : set
}
const isDefault: Parser<true> = (value, at) => {
  const set = flag(value, at)
  return set === false ? at.fault('must be true', 'default must be true') : set
}
const noRequest: Parser<never> = (_value, at) =>
  at.fault('this resource has a limit only', 'request not supported by this resource, must be empty')

/** The parser of `resource/memory` and `resource/cpu` (SPEC I8, I9). */
export const resource: Parser<Resource> = object<Resource & { readonly default?: boolean }>({
  default: optional(noDefault),
  request: optional(quantity),
  limit: optional(quantity),
})

/** The parser of `resource/block-…` and `resource/network-bandwidth` (SPEC I10, I11). */
export const defaultResource: Parser<DefaultResource> = object<DefaultResource & { readonly request?: string }>({
  default: required(isDefault, 'default must be true'),
  request: optional(noRequest),
  limit: optional(quantity),
})

/**
 * The parser of an integer from `low` to `high` (SPEC I13); `name`: the isolator's, for actool's
 * message.
 */
export const between =
  (name: string, low: number, high: number): Parser<number> =>
  (value, at) =>
    integer(low, high, `${name} must be between ${low} and ${high}, got ${String(value)}`)(value, at)

/** The parser of a security context (SPEC I4). */
export const selinuxContext = object<SELinuxContext>({
  user: part('user'),
  role: part('role'),
  type: part('type'),
  level: part('level', true),
})

/** The parser of an AppArmor profile (SPEC I5). */
export const apparmorProfile = object<AppArmorProfile>({ profile: part('profile', true) })
