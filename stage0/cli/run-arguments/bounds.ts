import type { Bound, LogRateLimit } from '#schema/bounds.js'
import { parseDuration } from '../duration.js'
import type { Parse } from './option.js'
import { badValue, parseSize } from './values.js'

/** Processes and threads: more is no number of tasks of any kernel. */
export const parseTasks = parseCount(1 << 22)

/** Pseudo-terminals, up to the kernel's own bound of all. */
export const parseTerminals = parseCount(1 << 20)

const parseLines = parseCount(1 << 22)

/** Bytes of a core dump; 0 is none. */
export const parseCoreSize: Parse<number> = (option, value) => parseSize(option, value, 0)

/** What another parser takes, or no bound at all. */
export function orInfinity(parse: Parse<number>): Parse<Bound> {
  return (option, value) => (value === 'infinity' ? value : parse(option, value))
}

function parseCount(most: number): Parse<number> {
  return (option, value) => {
    const count = /^\d{1,10}$/.test(value) ? Number(value) : NaN
    if (count >= 1 && count <= most) return count
    throw badValue(option, value, `expected a number from 1 to ${most}`)
  }
}

/** Milliseconds of some time, at least one. */
export function parseTimeout(option: string, value: string): number {
  const milliseconds = parseDuration(option, value)
  // 0 would be no bound at all to systemd
  if (milliseconds >= 1) return Math.round(milliseconds)
  throw badValue(option, value, 'expected more than no time')
}

/** So many lines in so much time, or as the host has it, or no limit. */
export function parseLogRateLimit(option: string, value: string): LogRateLimit {
  if (value === 'host' || value === 'none') return value
  const [, interval, lines] = /^([^:]+):([^:]+)$/.exec(value) ?? []
  if (interval === undefined || lines === undefined) {
    throw badValue(option, value, 'expected INTERVAL:LINES like 30s:10000, none or host')
  }
  return { interval: parseTimeout(option, interval), burst: parseLines(option, lines) }
}
