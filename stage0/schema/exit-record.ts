import { isObject } from './check.js'
import { signalNumber } from './signal-number.js'
import type { AppExit } from './status.js'

/**
 * Parses the record of an app's end, from a file of the pod directory. Null where the text is no
 * valid record: it is empty, incomplete, or has impossible values.
 */
export function parseExit(text: string): AppExit | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  return isExit(value) ? value : null
}

function isExit(value: unknown): value is AppExit {
  if (!isObject(value)) return false
  const { code, status, result, finishedAt, monotonic, preStart } = value
  return (
    isEnd(code, status) &&
    typeof result === 'string' &&
    isTime(finishedAt) &&
    isTime(monotonic) &&
    (preStart === undefined || isStatus(preStart))
  )
}

function isEnd(code: unknown, status: unknown): boolean {
  if (code === null) return status === null
  if (code === 'exited') return isStatus(status)
  const signal = typeof status === 'string' || typeof status === 'number' ? signalNumber(status) : null
  return (code === 'killed' || code === 'dumped') && signal !== null
}

const isStatus = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255

const isTime = (value: unknown): boolean => typeof value === 'string' && /^\d{1,19}$/.test(value)
