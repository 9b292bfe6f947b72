import { describe, type Parser } from './check.js'

/**
 * The value of each suffix in thousandths (SPEC T8). `k` is the official metric spelling of `K`.
 */
const SUFFIXES: Readonly<Record<string, bigint>> = {
  m: 1n,
  '': 1000n,
  k: 10n ** 6n,
  K: 10n ** 6n,
  M: 10n ** 9n,
  G: 10n ** 12n,
  T: 10n ** 15n,
  P: 10n ** 18n,
  E: 10n ** 21n,
  Ki: 1000n << 10n,
  Mi: 1000n << 20n,
  Gi: 1000n << 30n,
  Ti: 1000n << 40n,
  Pi: 1000n << 50n,
  Ei: 1000n << 60n,
}

/** At most 40 characters and a two-digit exponent: no real quantity needs more. */
const QUANTITY = /^(?=.{1,40}$)\+?(\d+\.?|\d*\.\d+)(?:([KMGTPE]i|[mkKMGTPE])|[eE]([+-]?\d{1,2}))?$/

/** The largest quantity in base units: the maximum of a signed 64-bit integer. */
const MAX_QUANTITY = (1n << 63n) - 1n

/**
 * A quantity in thousandths of its base unit, the unit of `resource/cpu` (millicores). Exact; finer
 * values are rounded up. Accepted are the forms plain, decimal (`0.3`), milli (`300m`), metric
 * (`2G`) and binary (`2Gi`), and JSON numbers. Undefined for all other values, also for negative
 * ones and those above 2^63-1 units.
 */
export function quantityMillis(value: unknown): bigint | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) return undefined
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const match = QUANTITY.exec(String(value).trim())
  if (match === null) return undefined
  const [, number = '', suffix = '', exponent = '0'] = match
  const [integer = '', fraction = ''] = number.split('.')
  const scale = Number(exponent) - fraction.length
  const digits = BigInt(integer + fraction) * (SUFFIXES[suffix] ?? 1000n)
  const millis = scale >= 0 ? digits * 10n ** BigInt(scale) : divideUp(digits, 10n ** BigInt(-scale))
  return millis > MAX_QUANTITY * 1000n ? undefined : millis
}

/**
 * A quantity in its base unit (bytes, operations per second, …), rounded up; undefined as for
 * {@link quantityMillis}.
 */
export function quantityUnits(value: unknown): bigint | undefined {
  const millis = quantityMillis(value)
  return millis === undefined ? undefined : divideUp(millis, 1000n)
}

/** A quantity as written; {@link quantityMillis} and {@link quantityUnits} convert it. */
export const quantity: Parser<string | number> = (value, at) =>
  quantityMillis(value) !== undefined
    ? (value as string | number)
    : at.fault(
        `expected a quantity like 128974848, 0.3, 300m, 2G or 123Mi, got ${describe(value)}`,
        actoolMessage(value),
      )

/** actool's message, if actool refuses the value too. */
function actoolMessage(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  const match = /^[+-]?\d*(?:\.\d*)?([eEinumkKMGTP]*[-+]?\d*)$/.exec(text)
  if (match === null || text === '') {
    return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
  }
  return /^(?:[numkMGTPE]?|[KMGTPE]i|[eE][-+]?\d+)$/.test(match[1] ?? '')
    ? undefined
    : "unable to parse quantity's suffix"
}

const divideUp = (dividend: bigint, divisor: bigint): bigint => (dividend + divisor - 1n) / divisor
