import { visible } from '#schema/visible.js'

/**
 * A log entry of journalctl(1) `--output=json`: each field is a text, or an array of bytes if it is
 * not UTF-8.
 */
export type LogEntry = Readonly<Record<string, string | readonly number[] | undefined>>

/** Formats an entry as journalctl does without `--follow`. `line` is the unparsed entry. */
export function logLine(format: string, entry: LogEntry, line: string): string {
  if (format === 'json') return line
  const message = visible(textOf(entry['MESSAGE']))
  if (format === 'cat') return message
  const time = new Date(Number(textOf(entry['__REALTIME_TIMESTAMP'])) / 1000)
  return `${localTime(time)} ${textOf(entry['SYSLOG_IDENTIFIER'])}[${textOf(entry['_PID'])}]: ${message}`
}

const textOf = (value: LogEntry[string]): string =>
  typeof value === 'object' ? Buffer.from(value).toString() : (value ?? '')

/** RFC 3339 in local time, to the second: `2026-11-28T06:48:16+00:00`. */
function localTime(time: Date): string {
  const offset = -time.getTimezoneOffset()
  const local = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, 19)
  const twoDigits = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${twoDigits(offset / 60)}:${twoDigits(offset % 60)}`
}
