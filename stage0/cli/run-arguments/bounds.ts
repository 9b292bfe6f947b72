import type { Bound, Bounds, LogRateLimit } from '#schema/bounds.js'
import { parseDuration } from '../duration.js'
import type { OptionName } from './options.js'
import { badValue, parseSize } from './values.js'

type Reader<Value> = (option: OptionName, value: string) => Value

/** More is no number of tasks or terminals of any kernel. */
const MOST = 1 << 22
/** The kernel's own bound of all pseudo-terminals. */
const MOST_TERMINALS = 1 << 20

/** The option of each bound, and how its value is read. */
const OPTIONS: { readonly [Name in keyof Bounds]: readonly [OptionName, Reader<Bounds[Name]>] } = {
  shmSize: ['shm-size', parseSize],
  tasksMax: ['tasks-max', orInfinity(parseCount(MOST))],
  terminals: ['terminals', parseCount(MOST_TERMINALS)],
  startTimeout: ['start-timeout', orInfinity(parseTimeout)],
  stopTimeout: ['stop-timeout', orInfinity(parseTimeout)],
  core: ['core', orInfinity((option, value) => parseSize(option, value, 0))],
  logRateLimit: ['log-rate-limit', parseLogRateLimit],
}

/** The bounds that were given, by their options' last values. Errors: USAGE. */
export function parseBounds(valueOf: (option: OptionName) => string | undefined): Partial<Bounds> {
  const given = Object.entries(OPTIONS).flatMap(([name, [option, read]]) => {
    const value = valueOf(option)
    return value === undefined ? [] : [[name, read(option, value)] as const]
  })
  return Object.fromEntries(given)
}

function orInfinity(read: Reader<number>): Reader<Bound> {
  return (option, value) => (value === 'infinity' ? value : read(option, value))
}

function parseCount(most: number): Reader<number> {
  return (option, value) => {
    const count = /^\d{1,10}$/.test(value) ? Number(value) : NaN
    if (count >= 1 && count <= most) return count
    throw badValue(option, value, `expected a number from 1 to ${most}`)
  }
}

function parseTimeout(option: OptionName, value: string): number {
  const milliseconds = parseDuration(option, value)
  // 0 would be no bound at all to systemd
  if (milliseconds >= 1) return Math.round(milliseconds)
  throw badValue(option, value, 'expected more than no time')
}

function parseLogRateLimit(option: OptionName, value: string): LogRateLimit {
  if (value === 'host' || value === 'none') return value
  const [, interval, lines] = /^([^:]+):([^:]+)$/.exec(value) ?? []
  if (interval === undefined || lines === undefined) {
    throw badValue(option, value, 'expected INTERVAL:LINES like 30s:10000, none or host')
  }
  return { interval: parseTimeout(option, interval), burst: parseCount(MOST)(option, lines) }
}
