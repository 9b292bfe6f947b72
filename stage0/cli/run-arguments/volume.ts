import { RuntimeError } from '#schema/errors.js'
import type { Mount } from '#schema/mount.js'
import type { Volume } from '#schema/volume.js'
import { badValue, parseAbsolute, parseBoolean, parseInteger, parseName } from './values.js'

type Fields = Map<string, string>

/**
 * Parses `--volume NAME,kind=host|empty,…` (P6): each field at most once, and only the fields of
 * its kind. Errors: USAGE.
 */
export function parseVolume(option: string, text: string): Volume {
  const [name = '', ...rest] = text.split(',')
  refusePaths(option, text)
  const fields = readFields(option, text, rest)
  const kind = removeField(fields, 'kind')
  const common = {
    name: parseName(option, name),
    ...optional('readOnly', removeField(fields, 'readOnly'), (value) => parseBoolean(option, value)),
  }
  const volumeOf = kind === 'host' ? hostVolume : kind === 'empty' ? emptyVolume : null
  if (volumeOf === null) throw badValue(option, text, 'expected kind=host or kind=empty')
  const volume = volumeOf(option, text, common, fields)
  refuseRest(option, text, fields)
  return volume
}

/** Refuses the form `/srv:/data` of other programs. */
function refusePaths(option: string, text: string): void {
  const [, source, target] = /^([./~][^:,]*):(\/[^:,]*)/.exec(text) ?? []
  if (source === undefined || target === undefined) return
  throw new RuntimeError('USAGE', `--${option}=${text}: a volume has a name, and mounts say where apps see it`, {
    hint: `--volume=data,kind=host,source=${source} --mount=volume=data,target=${target}`,
  })
}

type Common = Pick<Volume, 'name' | 'readOnly'>

function hostVolume(option: string, text: string, common: Common, fields: Fields): Volume {
  const source = removeField(fields, 'source')
  if (source === undefined) throw badValue(option, text, 'kind=host needs source=PATH')
  return {
    ...common,
    kind: 'host',
    source: parseAbsolute(`${option} source`, source),
    ...optional('recursive', removeField(fields, 'recursive'), (value) => parseBoolean(option, value)),
  }
}

function emptyVolume(option: string, text: string, common: Common, fields: Fields): Volume {
  const mode = removeField(fields, 'mode') ?? '0755'
  if (!/^0?[0-7]{3,4}$/.test(mode)) throw badValue(option, text, `mode=${mode}: expected octal digits, like 0755`)
  return {
    ...common,
    kind: 'empty',
    mode: mode.padStart(4, '0'),
    uid: parseInteger(`${option} uid`, removeField(fields, 'uid') ?? '0'),
    gid: parseInteger(`${option} gid`, removeField(fields, 'gid') ?? '0'),
  }
}

/** Parses `--mount volume=NAME,target=PATH` (P5). Errors: USAGE. */
export function parseMount(option: string, text: string): Mount {
  const fields = readFields(option, text, text.split(','))
  const volume = removeField(fields, 'volume')
  const target = removeField(fields, 'target')
  if (volume === undefined || target === undefined) throw badValue(option, text, 'expected volume=NAME,target=PATH')
  refuseRest(option, text, fields)
  return { volume: parseName(`${option} volume`, volume), path: parseAbsolute(`${option} target`, target) }
}

function readFields(option: string, text: string, parts: readonly string[]): Fields {
  const fields: Fields = new Map()
  for (const part of parts) {
    const equals = part.indexOf('=')
    if (equals < 1) throw badValue(option, text, `${part === '' ? 'an empty field' : part}: expected FIELD=VALUE`)
    const name = part.slice(0, equals)
    if (fields.has(name)) throw badValue(option, text, `${name}: given twice`)
    fields.set(name, unescape(option, text, part.slice(equals + 1)))
  }
  return fields
}

/**
 * Decodes a value: `%2C` is a comma, which a value cannot contain otherwise, and `%25` a percent
 * sign.
 */
function unescape(option: string, text: string, value: string): string {
  try {
    const decoded = decodeURIComponent(value)
    if (!decoded.includes('\0')) return decoded
  } catch {
    // the error below reports this
  }
  throw badValue(option, text, `${value}: % begins an escape: %2C is a comma, %25 is %`)
}

function removeField(fields: Fields, name: string): string | undefined {
  const value = fields.get(name)
  fields.delete(name)
  return value
}

function refuseRest(option: string, text: string, fields: Fields): void {
  for (const name of fields.keys()) throw badValue(option, text, `${name}: no such field here`)
}

const optional = <Name extends string, Value>(
  name: Name,
  text: string | undefined,
  parse: (text: string) => Value,
): Partial<Record<Name, Value>> => (text === undefined ? {} : ({ [name]: parse(text) } as Partial<Record<Name, Value>>))
