import { RuntimeError } from '#schema/errors.js'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Parses a duration like `30m`, `1h30m`, `500ms`, `0` into milliseconds. Errors: USAGE, naming the
 * option.
 */
export function parseDuration(option: string, text: string): number {
  const isDuration = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)
  if (text === '0') return 0
  if (!isDuration) throw new RuntimeError('USAGE', `--${option}=${text}: expected a duration like 30m, 1h30m or 500ms`)
  let sum = 0
  for (const [, number = '', , unit = ''] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g))
    sum += Number(number) * (UNITS[unit] ?? 0)
  return sum
}
