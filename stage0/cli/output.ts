import { writeSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { visible, visibleJSON } from '#schema/visible.js'

/** Formats a number of bytes: `292M`, `1.5K`; units are powers of 1024. */
export function size(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T', 'P']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)}${units[unit] ?? ''}`
}

/** Formats a time: `2 minutes ago`; null is `-`. */
export function ago(time: Date | null, now: Date): string {
  if (time === null) return '-'
  const seconds = Math.max(0, Math.floor((now.getTime() - time.getTime()) / 1000))
  const steps: readonly (readonly [number, string])[] = [
    [86400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ]
  for (const [length, unit] of steps) {
    const count = Math.floor(seconds / length)
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'} ago`
  }
  return 'just now'
}

/** Formats a value for `--format=json`. */
export const json = (value: unknown): string => visibleJSON(value, 2)

/**
 * Writes lines of text to a standard stream. All text output of stage0 passes through here: control
 * characters from images, servers and files are made visible, so that they cannot drive a terminal
 * or add lines.
 */
export const emitLines = (fd: 1 | 2, lines: readonly string[]): Promise<void> =>
  lines.length === 0 ? Promise.resolve() : emit(fd, lines.map((line) => `${visible(line)}\n`).join(''))

/**
 * Writes all of `data` to a standard stream, unchanged. If the reader has closed the stream, the
 * rest is dropped, and this is not an error. If another process made the stream non-blocking, the
 * rest goes through Bun's own writer, which waits.
 */
export async function emit(fd: 1 | 2, data: string | Uint8Array): Promise<void> {
  let rest = typeof data === 'string' ? Buffer.from(data) : data
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest))
  } catch (error) {
    if (isErrno(error, 'EPIPE')) return
    if (!isErrno(error, 'EAGAIN')) throw error
    const stream = fd === 1 ? process.stdout : process.stderr
    await new Promise<void>((resolve, reject) => {
      stream.once('error', (failure: Error) => {
        if (isErrno(failure, 'EPIPE')) resolve()
        else reject(failure)
      })
      stream.write(rest, () => {
        resolve()
      })
    })
  }
}
