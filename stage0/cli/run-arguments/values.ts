import { isACName } from '#schema/ac-name.js'
import { isCapability } from '#schema/capabilities.js'
import { RuntimeError } from '#schema/errors.js'
import { MAX_ID } from '#schema/volume.js'
import { parseVariable } from '../../prepare/variable.js'
import type { Parse } from './option.js'

/** An error of the command line about one option. */
export const badValue = (option: string, value: string, problem: string): RuntimeError =>
  new RuntimeError('USAGE', `--${option}=${value}: ${problem}`, { hint: 'appc run --help' })

/** Any text. */
export const parseText = (_option: string, value: string): string => value

/** One of some words. */
export function choice<Word extends string>(...words: readonly Word[]): Parse<Word> {
  return (option, value) => {
    const word = words.find((one) => one === value)
    if (word !== undefined) return word
    throw badValue(option, value, `expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`)
  }
}

/** `true` or `false`, as after a switch. */
export function parseBoolean(option: string, value: string): boolean {
  if (value === 'true') return true
  if (value === 'false') return false
  throw badValue(option, value, 'expected true or false')
}

/** A whole number from 0 to `most`, decimal. */
export function parseInteger(option: string, value: string, most = MAX_ID): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : NaN
  if (!(number <= most)) throw badValue(option, value, `expected a number from 0 to ${most}`)
  return number
}

/** Bytes, as systemd and container engines write them: K, M, G and T, or Ki and so on, are powers of 1024. */
export function parseSize(option: string, value: string, least = 1): number {
  const [, digits = '', unit = ''] = /^(\d{1,15})(?:([KMGT])i?)?$/i.exec(value) ?? []
  const bytes = digits === '' ? NaN : Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' ')
  if (bytes >= least && bytes <= Number.MAX_SAFE_INTEGER) return bytes
  throw badValue(option, value, 'expected a size in bytes, or with K, M, G or T, like 64M')
}

/** Numbers with commas between. */
export const parseGIDs = (option: string, value: string): number[] =>
  value.split(',').map((gid) => parseInteger(option, gid))

/** Names of capabilities(7) with commas between. */
export function parseCapabilities(option: string, value: string): string[] {
  const names = value.split(',')
  const unknown = names.find((name) => !isCapability(name))
  if (unknown === undefined) return [...new Set(names)]
  throw badValue(option, value, `${unknown === '' ? 'an empty name' : unknown}: no such capability, like CAP_NET_ADMIN`)
}

/** An absolute path. */
export function parseAbsolute(option: string, value: string): string {
  if (!value.startsWith('/')) throw badValue(option, value, 'expected an absolute path')
  return value
}

/** The path of a file. */
export function parseFile(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a file')
  return value
}

/** A program of the image. */
export function parseProgram(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a program')
  return value
}

/** A user or a group of the image. */
export function parseOwner(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a name, a number or an absolute path in the image')
  return value
}

/** `NAME=VALUE`: a variable and its value. */
export const parseAssignment = (option: string, text: string): [string, string] =>
  parseVariable(text, (problem) => badValue(option, text, problem))

/** AC Name (T2): lower-case letters and digits, single dashes between. */
export function parseName(option: string, value: string): string {
  if (!isACName(value)) {
    throw badValue(option, value, 'expected a name of lower-case letters, digits and single dashes between them')
  }
  return value
}

/** The name of a pod: an AC Name. */
export function parsePodName(option: string, value: string): string {
  // units are named by it or by the first 8 digits of a UUID: the two must never meet
  if (/^[0-9a-f]{8}$/.test(value)) throw badValue(option, value, "eight hex digits look like a pod's UUID")
  if (value.length > 64) throw badValue(option, value, 'expected at most 64 letters')
  return parseName(option, value)
}

/** A host name of one or more labels, hostname(7). */
export function parseHostname(option: string, value: string): string {
  const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
  if (value.length > 64 || !value.split('.').every((part) => label.test(part))) {
    throw badValue(option, value, 'expected a host name of at most 64 letters, digits, dashes and dots')
  }
  return value
}
