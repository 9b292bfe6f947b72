import { acName } from './ac-name.js'
import { describe, flag, integer, list, oneOf, text, word, type Parser, type Place } from './check.js'
import { object, optional, required, unique } from './check-object.js'

/** A volume of a pod (SPEC P6). */
export interface Volume {
  readonly name: string
  readonly kind: 'host' | 'empty'
  readonly readOnly?: boolean
  /** Absolute path on the host; present if and only if `kind` is `host`. */
  readonly source?: string
  /** `host` only: whether submounts are included; default true. */
  readonly recursive?: boolean
  /** `empty` only: octal digits; default `0755`. */
  readonly mode?: string
  /** `empty` only: numeric owner; default 0. */
  readonly uid?: number
  readonly gid?: number
}

/** The highest user or group ID: for the kernel, the next number means "none". */
export const MAX_ID = 0xffff_fffe

const KINDS = ['empty', 'host'] as const
const BAD_KIND = 'unrecognized volume kind: should be one of "empty", "host"'

const mode: Parser<string> = (value, at) => {
  const digits = text(value, at)
  if (digits === null || /^0?[0-7]{3,4}$/.test(digits)) return digits
  return at.fault(`expected an octal mode like 0755, got ${describe(digits)}`)
}

/** One volume; its fields must match its kind. */
export const volume = object<Volume>(
  {
    name: required(acName, 'name must be set'),
    kind: required(
      oneOf(KINDS, () => BAD_KIND),
      BAD_KIND,
    ),
    readOnly: optional(flag),
    source: optional(word),
    recursive: optional(flag),
    mode: optional(mode),
    uid: optional(integer(0, MAX_ID)),
    gid: optional(integer(0, MAX_ID)),
  },
  checkKind,
)

function checkKind(value: Volume, at: Place): void {
  const { kind, source = '' } = value
  if (kind === 'empty') {
    if (source !== '')
      at.field('source').fault('an empty volume has no source', 'source for empty volume must be empty')
    return
  }
  if (source === '') at.field('source').fault('a host volume needs a source', 'source for host volume cannot be empty')
  for (const name of ['mode', 'uid', 'gid'] as const) {
    if (value[name] !== undefined) {
      at.field(name).fault(`a host volume has no ${name}`, `${name} for host volume cannot be set`)
    }
  }
  if (source !== '' && !source.startsWith('/')) {
    at.field('source').fault(
      `expected an absolute path, got ${describe(source)}`,
      'source for host volume must be absolute path',
    )
  }
}

/** The volumes of a pod; their names are unique. */
export const volumes = list(
  volume,
  unique((name) => `duplicate volume name ${JSON.stringify(name)}`),
)

/** Mode bits and owner of an `empty` volume, with the defaults of SPEC P6. */
export const emptyVolumeOwner = ({ mode: digits, uid, gid }: Volume): { mode: number; uid: number; gid: number } => ({
  mode: parseInt(digits ?? '0755', 8),
  uid: uid ?? 0,
  gid: gid ?? 0,
})
