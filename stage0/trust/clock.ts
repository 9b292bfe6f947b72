/**
 * Maximum time by which the signer's clock may be ahead of this host's: 5 minutes, as in Kerberos.
 */
const AHEAD_MS = 5 * 60_000

/** Whether a date is further in the future than a signer's clock may be ahead. */
export const isFromFuture = (date: Date, now = Date.now()): boolean => date.getTime() > now + AHEAD_MS

/** The latest of the dates that are not too far in the future; now if none is later than now. */
export function momentFor(dates: readonly Date[], now = Date.now()): Date {
  const ahead = dates.map((date) => date.getTime()).filter((time) => !isFromFuture(new Date(time), now))
  return new Date(Math.max(now, ...ahead))
}

/** A warning about a date in the future; null for a past date. */
export function aheadNotice(subject: string, date: Date, now = Date.now()): string | null {
  const seconds = Math.ceil((date.getTime() - now) / 1000)
  return seconds <= 0 ? null : `${subject} is ${seconds} s from the future: is this host's clock right?`
}
