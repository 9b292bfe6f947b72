/** A server may ask for this much patience, milliseconds; who asks for more is asked again by the operator. */
export const MOST_PATIENCE = 60_000

/** Milliseconds from `now` on (milliseconds since 1970), of a Retry-After field (RFC 9110, 10.2.3): seconds or a date. */
export function retryAfter(field: string | undefined, now: number): number | undefined {
  if (field === undefined) return undefined
  const wait = /^\d{1,9}$/.test(field) ? Number(field) * 1000 : Date.parse(field) - now
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}
