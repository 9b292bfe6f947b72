import { RuntimeError, type Code, type ErrorDetails } from '#schema/errors.js'
import { displayURL } from './display-url.js'

interface TransferDetails extends ErrorDetails {
  readonly transient?: boolean
  readonly retryAfter?: number
}

/** A request that failed. */
export class TransferError extends RuntimeError {
  /** The same request may well succeed in a moment. */
  readonly transient: boolean
  /** How long the server wants to be left alone, milliseconds. */
  readonly retryAfter: number

  constructor(code: Code, message: string, details: TransferDetails = {}) {
    super(code, message, details)
    this.transient = details.transient ?? false
    this.retryAfter = details.retryAfter ?? 0
  }
}

interface Words {
  readonly what: string
  readonly transient?: boolean
  readonly hint?: string
}

const OTHER_CA =
  'authorities of your own belong in /usr/local/share/ca-certificates (then update-ca-certificates) or in NODE_EXTRA_CA_CERTS'
const UNKNOWN_ISSUER: Words = { what: 'certificate of an authority that is not trusted here', hint: OTHER_CA }
const SELF_SIGNED: Words = { what: 'certificate signed by itself', hint: OTHER_CA }
const BROKEN_OFF: Words = { what: 'connection broken off by the server', transient: true }
const NO_ROUTE: Words = { what: 'no route to the host' }

/** Node's, libuv's, OpenSSL's and llhttp's codes in words. */
const WORDS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: { what: 'connection refused' },
  ENOTFOUND: { what: 'no such host name' },
  EAI_AGAIN: { what: 'the host name could not be looked up just now' },
  ECONNRESET: BROKEN_OFF,
  EPIPE: BROKEN_OFF,
  ECONNABORTED: BROKEN_OFF,
  ERR_STREAM_PREMATURE_CLOSE: BROKEN_OFF,
  ETIMEDOUT: { what: 'timed out while connecting', transient: true },
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  CERT_HAS_EXPIRED: { what: 'certificate expired' },
  CERT_NOT_YET_VALID: { what: 'certificate not valid yet', hint: "is this host's clock right?" },
  CERT_REVOKED: { what: 'certificate revoked' },
  ERR_TLS_CERT_ALTNAME_INVALID: { what: 'certificate of another host' },
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  EPROTO: { what: 'no TLS could be agreed on' },
  ERR_PROXY_TUNNEL: { what: 'the proxy would not connect to it' },
  ERR_PROXY_INVALID_CONFIG: { what: 'the proxy that the environment names is no http or https URL' },
}

/** The codes that say: the issuer of the certificate is not known. */
export const UNKNOWN_ISSUERS: readonly string[] = Object.keys(WORDS).filter((code) => WORDS[code]?.hint === OTHER_CA)

/** The code of a system error; '' where it has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/**
 * The failure that an error of Node's means for a request to `url`. Errors of ours stay as they are. Node's own words are
 * kept as the cause, except those of proxies, which hold their passwords.
 */
export function failureOf(url: URL, error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error
  const code = codeOf(error)
  const { what, transient = false, hint } = wordsOf(code)
  const limit = code === 'HPE_HEADER_OVERFLOW'
  return new TransferError(limit ? 'DOWNLOAD_LIMIT' : 'DOWNLOAD_FAILED', `${displayURL(url)}: ${what}`, {
    transient,
    ...(hint === undefined ? {} : { hint }),
    ...(code.startsWith('ERR_PROXY') ? {} : { cause: error }),
  })
}

function wordsOf(code: string): Words {
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined
  if (words !== undefined) return words
  if (code === 'HPE_HEADER_OVERFLOW') return { what: "the answer's header is too long" }
  if (code.startsWith('HPE_')) return { what: 'the answer is not HTTP' }
  if (code.startsWith('ERR_SSL_')) return { what: 'no TLS could be agreed on' }
  return { what: code === '' ? 'the request failed' : `the request failed (${code})` }
}

/** A server that keeps us waiting. */
export const timeoutError = (url: URL, what: string): RuntimeError =>
  new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: timed out: ${what}`, { transient: true })
