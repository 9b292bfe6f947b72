import type { IncomingHttpHeaders } from 'node:http'

/** The validators and freshness that a server sent with a file. */
export interface Validators {
  readonly etag?: string
  readonly lastModified?: string
  /** How long the file may be used without a new request. */
  readonly maxAgeSeconds?: number
}

/** The record of a file that was downloaded earlier. */
export interface CachedFile extends Validators {
  /** When the server was last asked, milliseconds since 1970. */
  readonly checkedAt?: number
}

const ETAG = /^(W\/)?"[\x21\x23-\x7e]{0,1000}"$/
const DATE = /^\w{3,9}, [\w :-]{10,40}$/

/** The validators of a response; malformed ones count as absent. */
export function validatorsOf(headers: IncomingHttpHeaders): Validators {
  const { etag, 'last-modified': lastModified } = headers
  const maxAgeSeconds = maxAgeOf(headers)
  return {
    ...(etag !== undefined && ETAG.test(etag) && { etag }),
    ...(lastModified !== undefined && timeOf(lastModified) !== undefined && { lastModified }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  }
}

/**
 * Whether the file may be used at `now` (milliseconds since 1970) without a request to the server.
 */
export const isFresh = ({ checkedAt, maxAgeSeconds = 0 }: CachedFile, now: number): boolean =>
  checkedAt !== undefined && now >= checkedAt && now < checkedAt + maxAgeSeconds * 1000

/**
 * The headers with which a server responds 304 if the file is unchanged; none without validators.
 */
export function conditions({ etag, lastModified }: Validators): Readonly<Record<string, string>> {
  if (etag !== undefined) return { 'if-none-match': etag }
  return lastModified === undefined ? {} : { 'if-modified-since': lastModified }
}

/**
 * The value of If-Range: a validator that changes with every change of the file (RFC 9110, 8.8). A
 * date is used only if the file was a minute old at the response, because a file may change twice
 * in one second. `date`: the response's Date header.
 */
export function strongValidator({ etag, lastModified }: Validators, date: string | undefined): string | undefined {
  if (etag !== undefined) return etag.startsWith('W/') ? undefined : etag
  const changed = timeOf(lastModified)
  const served = timeOf(date)
  if (changed === undefined || served === undefined) return undefined
  return served - changed >= 60_000 ? lastModified : undefined
}

/** An HTTP date in milliseconds since 1970; undefined if it is malformed. */
function timeOf(date: string | undefined): number | undefined {
  if (date === undefined || !DATE.test(date)) return undefined
  const time = Date.parse(date)
  return Number.isNaN(time) ? undefined : time
}

/** `max-age` in seconds, minus the response's age in caches. */
function maxAgeOf(headers: IncomingHttpHeaders): number | undefined {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(/\s*,\s*/)
  if (directives.includes('no-store') || directives.includes('no-cache')) return undefined
  const value = directives.map((directive) => /^max-age="?(\d{1,9})"?$/.exec(directive.trim())?.[1]).find(Boolean)
  if (value === undefined) return undefined
  const age = /^\d{1,9}$/.test(headers.age ?? '') ? Number(headers.age) : 0
  return Math.max(0, Number(value) - age)
}
