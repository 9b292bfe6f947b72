import { visible } from '#schema/visible.js'

/** A log entry as journalctl(1) gives it with `--output=json`: text, or an array of bytes where it is no UTF-8. */
export type LogEntry = Readonly<Record<string, string | readonly number[] | undefined>>

/** The line that shows an entry, in the form that journalctl gives it without `--follow`. `line` is the entry as it came. */
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
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`
}
