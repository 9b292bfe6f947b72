import type { IncomingHttpHeaders } from 'node:http'
import { displayURL } from './display-url.js'
import { TransferError } from './failure.js'
import { MAX_RETRY_AFTER, retryAfter } from './retry-after.js'

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: 'the server does not understand the request',
  401: 'credentials are needed',
  403: 'access is denied',
  404: 'not found',
  407: 'the proxy wants credentials',
  408: 'the server timed out',
  410: 'gone for good',
  429: 'too many requests',
  500: 'the server failed',
  501: 'the server cannot do that',
  502: 'the server behind the gateway failed',
  503: 'the server is not available',
  504: 'the server behind the gateway timed out',
}

const TRANSIENT = [408, 429, 500, 502, 503, 504]

/** The failure for an error status: its meaning and a hint. */
export function statusError(url: URL, status: number, headers: IncomingHttpHeaders = {}): TransferError {
  const text = STATUS_TEXTS[status] ?? defaultText(status)
  const wait = retryAfter(headers['retry-after'], Date.now()) ?? 0
  const isWaitAcceptable = wait <= MAX_RETRY_AFTER
  return new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${text} (status ${status})`, {
    transient: TRANSIENT.includes(status) && isWaitAcceptable,
    retryAfter: wait,
    status,
    ...((status === 401 || status === 403) && { hint: credentialsHint(url) }),
    ...(!isWaitAcceptable && { hint: `the server asks to try again in ${Math.ceil(wait / 1000)} s` }),
  })
}

const defaultText = (status: number): string => {
  if (status >= 500) return 'the server failed'
  return status >= 400 ? 'the server refused' : 'an answer that does not fit'
}

const credentialsHint = (url: URL): string =>
  url.protocol === 'https:'
    ? `credentials for ${url.host} belong in a file of /etc/appc/auth.d; appc config shows the configured ones`
    : 'credentials are sent over https only'
