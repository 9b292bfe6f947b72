import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, isObject, type Parser, Place } from '#schema/check.js'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import { parseJSON } from '#schema/json.js'

/** A configuration file and its parsed value. */
export interface Document<T> {
  /** The path of the file. */
  readonly file: string
  readonly value: T
}

/** One kind of configuration file. */
export interface Kind<T> {
  /** The directory below each level, for example `auth.d`. */
  readonly directory: string
  /** The value of `rktKind` or `appcKind`. */
  readonly name: string
  /** Kinds of rkt that may be in the directory; appc ignores these files. */
  readonly ignored?: readonly string[]
  readonly parser: Parser<T>
  /** Syntax errors do not quote the text of the file. */
  readonly secret?: boolean
}

/** The error CONFIG_INVALID about a configuration file. */
export const configError = (file: string, message: string, cause?: unknown): RuntimeError =>
  new RuntimeError('CONFIG_INVALID', `${file}: ${message}`, cause === undefined ? {} : { cause })

/**
 * Reads the files of one kind in one level, sorted by name. Like rkt, it reads only regular files
 * named `*.json`. Errors: CONFIG_INVALID, naming file and field.
 */
export function readDocuments<T>(level: string, kind: Kind<T>): readonly Document<T>[] {
  const directory = join(level, kind.directory)
  return filesOf(directory).flatMap((name) => readOne(join(directory, name), kind))
}

function filesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw configError(directory, `cannot be read: ${messageOf(error)}`, error)
  }
}

function readOne<T>(file: string, kind: Kind<T>): readonly Document<T>[] {
  const at = new Place()
  const json = parseJSON(read(file), at)
  if (json === null) {
    const message = at.problems[0]?.message ?? 'not JSON'
    const place = /^line \d+, column \d+/.exec(message)?.[0]
    throw configError(file, kind.secret === true && place !== undefined ? `${place}: not JSON` : message)
  }
  if (!isObject(json.value)) throw configError(file, 'expected an object')
  const name = kindOf(json.value, at)
  if (name !== null && (kind.ignored ?? []).includes(name)) return []
  if (name !== null && name !== kind.name) {
    const expected = `expected "${kind.name}" in a file of ${kind.directory}, got ${describe(name)}`
    at.field(fieldOf(json.value, 'Kind')).fault(expected)
  }
  const value = at.problems.length === 0 ? kind.parser(json.value, at) : null
  if (value !== null) return [{ file, value }]
  const [first] = at.problems
  throw configError(file, first === undefined ? 'invalid' : `${first.path}: ${first.message}`)
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw configError(file, `cannot be read: ${messageOf(error)}`, error)
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The field `rkt…` if the file has it (rkt's form), else `appc…`; `end` is `Kind` or `Version`. */
const fieldOf = (value: Fields, end: string): string => (Object.hasOwn(value, `rkt${end}`) ? `rkt${end}` : `appc${end}`)

function kindOf(value: Fields, at: Place): string | null {
  const field = fieldOf(value, 'Kind')
  const name = value[field]
  const version = fieldOf(value, 'Version')
  if (name === undefined) return at.field(field).fault('missing')
  if (typeof name !== 'string') return at.field(field).fault(`expected a string, got ${describe(name)}`)
  if (value[version] === undefined) return at.field(version).fault('missing')
  if (value[version] !== 'v1') return at.field(version).fault(`expected "v1", got ${describe(value[version])}`)
  return name
}
