import type { Bound, LogRateLimit } from '#schema/bounds.js'
import { parseDuration } from '../duration.js'
import type { Parse } from './option.js'
import { badValue, parseSize } from './values.js'

/** Parses a number of processes and threads, up to the kernel's own maximum. */
export const parseTasks = parseCount(1 << 22)

/** Parses a number of pseudo-terminals, up to the kernel's own maximum. */
export const parseTerminals = parseCount(1 << 20)

const parseLines = parseCount(1 << 22)

/** Parses the size of a core dump in bytes; 0 means none. */
export const parseCoreSize: Parse<number> = (option, value) => parseSize(option, value, 0)

/** Parses `infinity` (no bound), or the value of another parser. */
export function orInfinity(parse: Parse<number>): Parse<Bound> {
  return (option, value) => (value === 'infinity' ? value : parse(option, value))
}

function parseCount(max: number): Parse<number> {
  return (option, value) => {
    const count = /^\d{1,10}$/.test(value) ? Number(value) : NaN
    if (count >= 1 && count <= max) return count
    throw badValue(option, value, `expected a number from 1 to ${max}`)
  }
}

/** Parses a duration into milliseconds, at least one. Errors: USAGE. */
export function parseTimeout(option: string, value: string): number {
  const milliseconds = parseDuration(option, value)
  // 0 would mean infinity to systemd
  if (milliseconds >= 1) return Math.round(milliseconds)
  throw badValue(option, value, 'expected more than no time')
}

/** Parses `INTERVAL:LINES`, `host` (the host's setting) or `none` (no limit). Errors: USAGE. */
export function parseLogRateLimit(option: string, value: string): LogRateLimit {
  if (value === 'host' || value === 'none') return value
  const [, interval, lines] = /^([^:]+):([^:]+)$/.exec(value) ?? []
  if (interval === undefined || lines === undefined) {
    throw badValue(option, value, 'expected INTERVAL:LINES like 30s:10000, none or host')
  }
  return { interval: parseTimeout(option, interval), burst: parseLines(option, lines) }
}
