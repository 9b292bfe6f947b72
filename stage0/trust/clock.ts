/** How far the clock of who signs may be ahead of this host's: five minutes, as for Kerberos. */
const AHEAD_MS = 5 * 60_000

/** Whether a date is from a future that no clock a little ahead explains. */
export const isFromFuture = (date: Date, now = Date.now()): boolean => date.getTime() > now + AHEAD_MS

/** The latest of the dates that a clock a little ahead of this host's wrote; now where none is ahead. */
export function momentFor(dates: readonly Date[], now = Date.now()): Date {
  const ahead = dates.map((date) => date.getTime()).filter((time) => !isFromFuture(new Date(time), now))
  return new Date(Math.max(now, ...ahead))
}

/** What to tell of a date that is a little ahead; null of any other. */
export function aheadNotice(what: string, date: Date, now = Date.now()): string | null {
  const seconds = Math.ceil((date.getTime() - now) / 1000)
  return seconds <= 0 ? null : `${what} is ${seconds} s from the future: is this host's clock right?`
}
