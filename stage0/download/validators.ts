import type { IncomingHttpHeaders } from 'node:http'

/** What a server said about a file that it served. */
export interface Validators {
  readonly etag?: string
  readonly lastModified?: string
  /** How long, after it was served, the file may be used without asking again. */
  readonly maxAgeSeconds?: number
}

/** What is known of a file that was downloaded earlier. */
export interface Known extends Validators {
  /** When the server was last asked, milliseconds since 1970. */
  readonly checkedAt?: number
}

const ETAG = /^(W\/)?"[\x21\x23-\x7e]{0,1000}"$/
const DATE = /^\w{3,9}, [\w :-]{10,40}$/

/** The validators of an answer; what is not well-formed counts as absent. */
export function validatorsOf(headers: IncomingHttpHeaders): Validators {
  const { etag, 'last-modified': lastModified } = headers
  const maxAgeSeconds = maxAgeOf(headers)
  return {
    ...(etag !== undefined && ETAG.test(etag) && { etag }),
    ...(lastModified !== undefined && timeOf(lastModified) !== undefined && { lastModified }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  }
}

/** Tells whether the file may be used at `now` (milliseconds since 1970) without asking the server. */
export const isFresh = ({ checkedAt, maxAgeSeconds = 0 }: Known, now: number): boolean =>
  checkedAt !== undefined && now >= checkedAt && now < checkedAt + maxAgeSeconds * 1000

/** The headers by which a server answers 304 where the file is still the same; none where nothing tells. */
export function conditions({ etag, lastModified }: Validators): Readonly<Record<string, string>> {
  if (etag !== undefined) return { 'if-none-match': etag }
  return lastModified === undefined ? {} : { 'if-modified-since': lastModified }
}

/**
 * The value of If-Range: a validator that changes with every byte of the file (RFC 9110, 8.8). A date only counts where the file
 * was a minute old when it was served, for it may have changed twice in one second. `date`: the answer's own Date.
 */
export function strongValidator({ etag, lastModified }: Validators, date: string | undefined): string | undefined {
  if (etag !== undefined) return etag.startsWith('W/') ? undefined : etag
  const changed = timeOf(lastModified)
  const served = timeOf(date)
  if (changed === undefined || served === undefined) return undefined
  return served - changed >= 60_000 ? lastModified : undefined
}

/** A date of HTTP in milliseconds since 1970. */
function timeOf(date: string | undefined): number | undefined {
  if (date === undefined || !DATE.test(date)) return undefined
  const time = Date.parse(date)
  return Number.isNaN(time) ? undefined : time
}

/** `max-age`, less what the answer has already spent in caches. */
function maxAgeOf(headers: IncomingHttpHeaders): number | undefined {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(/\s*,\s*/)
  if (directives.includes('no-store') || directives.includes('no-cache')) return undefined
  const value = directives.map((directive) => /^max-age="?(\d{1,9})"?$/.exec(directive.trim())?.[1]).find(Boolean)
  if (value === undefined) return undefined
  const age = /^\d{1,9}$/.test(headers.age ?? '') ? Number(headers.age) : 0
  return Math.max(0, Number(value) - age)
}
