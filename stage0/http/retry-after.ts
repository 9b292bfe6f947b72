/**
 * Maximum Retry-After delay in milliseconds; after a longer one, the operator must repeat the
 * command.
 */
export const MAX_RETRY_AFTER = 60_000

/**
 * The delay in milliseconds of a Retry-After field (RFC 9110, 10.2.3), which has seconds or a date;
 * undefined if it has neither. `now`: milliseconds since 1970.
 */
export function retryAfter(field: string | undefined, now: number): number | undefined {
  if (field === undefined) return undefined
  const wait = /^\d{1,9}$/.test(field) ? Number(field) * 1000 : Date.parse(field) - now
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}
