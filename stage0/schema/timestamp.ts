/** RFC 3339 §5.6 `date-time`, with the separator T. */
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/**
 * Whether a string is a timestamp of the specification (SPEC T7): RFC 3339 with `T`, and a day that
 * exists.
 */
export function isTimestamp(value: string): boolean {
  const parts = DATE_TIME.exec(value)
  if (parts === null) return false
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
