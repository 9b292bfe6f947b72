import { isACName } from '#schema/ac-name.js'
import { isCapability } from '#schema/capabilities.js'
import { RuntimeError } from '#schema/errors.js'
import { MAX_ID } from '#schema/volume.js'
import { parseVariable } from '../../prepare/variable.js'
import type { Parse } from './option.js'

/** The error USAGE about the value of one option. */
export const badValue = (option: string, value: string, problem: string): RuntimeError =>
  new RuntimeError('USAGE', `--${option}=${value}: ${problem}`, { hint: 'appc run --help' })

/** Parses any text. */
export const parseText = (_option: string, value: string): string => value

/** Parses one of some words. */
export function choice<Word extends string>(...words: readonly Word[]): Parse<Word> {
  return (option, value) => {
    const word = words.find((allowed) => allowed === value)
    if (word !== undefined) return word
    throw badValue(option, value, `expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`)
  }
}

/** Parses `true` or `false`, as after a switch. */
export function parseBoolean(option: string, value: string): boolean {
  if (value === 'true') return true
  if (value === 'false') return false
  throw badValue(option, value, 'expected true or false')
}

/** Parses a decimal integer from 0 to `max`. */
export function parseInteger(option: string, value: string, max = MAX_ID): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : NaN
  if (!(number <= max)) throw badValue(option, value, `expected a number from 0 to ${max}`)
  return number
}

/**
 * Parses a size in bytes, as systemd and container engines write it: K, M, G and T, or Ki and so
 * on, are powers of 1024.
 */
export function parseSize(option: string, value: string, min = 1): number {
  const [, digits = '', unit = ''] = /^(\d{1,15})(?:([KMGT])i?)?$/i.exec(value) ?? []
  const bytes = digits === '' ? NaN : Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' ')
  if (bytes >= min && bytes <= Number.MAX_SAFE_INTEGER) return bytes
  throw badValue(option, value, 'expected a size in bytes, or with K, M, G or T, like 64M')
}

/** Parses group IDs, separated by commas. */
export const parseGIDs = (option: string, value: string): number[] =>
  value.split(',').map((gid) => parseInteger(option, gid))

/** Parses names of capabilities(7), separated by commas. */
export function parseCapabilities(option: string, value: string): string[] {
  const names = value.split(',')
  const unknown = names.find((name) => !isCapability(name))
  if (unknown === undefined) return [...new Set(names)]
  throw badValue(option, value, `${unknown === '' ? 'an empty name' : unknown}: no such capability, like CAP_NET_ADMIN`)
}

/** Parses an absolute path. */
export function parseAbsolute(option: string, value: string): string {
  if (!value.startsWith('/')) throw badValue(option, value, 'expected an absolute path')
  return value
}

/** Parses the path of a file. */
export function parseFile(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a file')
  return value
}

/** Parses the path or name of a program in the image. */
export function parseProgram(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a program')
  return value
}

/** Parses a user or a group of the image. */
export function parseOwner(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a name, a number or an absolute path in the image')
  return value
}

/** Parses `NAME=VALUE`: a variable and its value. */
export const parseAssignment = (option: string, text: string): [string, string] =>
  parseVariable(text, (problem) => badValue(option, text, problem))

/** Parses an AC Name (T2): lower-case letters and digits, with single dashes between them. */
export function parseName(option: string, value: string): string {
  if (!isACName(value)) {
    throw badValue(option, value, 'expected a name of lower-case letters, digits and single dashes between them')
  }
  return value
}

/** Parses the name of a pod: an AC Name of at most 64 letters. */
export function parsePodName(option: string, value: string): string {
  // the names of units contain the pod name or the first 8 digits of a UUID, so these must never be
  // equal
  if (/^[0-9a-f]{8}$/.test(value)) throw badValue(option, value, "eight hex digits look like a pod's UUID")
  if (value.length > 64) throw badValue(option, value, 'expected at most 64 letters')
  return parseName(option, value)
}

/** Parses a host name of one or more labels, hostname(7). */
export function parseHostname(option: string, value: string): string {
  const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
  if (value.length > 64 || !value.split('.').every((part) => label.test(part))) {
    throw badValue(option, value, 'expected a host name of at most 64 letters, digits, dashes and dots')
  }
  return value
}
