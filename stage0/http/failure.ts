import { messageOf, RuntimeError, type Code, type ErrorDetails } from '#schema/errors.js'
import { displayURL } from './display-url.js'

interface TransferDetails extends ErrorDetails {
  readonly transient?: boolean
  readonly retryAfter?: number
  readonly timedOut?: boolean
  readonly status?: number
}

/** A request that failed. */
export class TransferError extends RuntimeError {
  /** The same request may well succeed in a moment. */
  readonly transient: boolean
  /** How long the server wants to be left alone, milliseconds. */
  readonly retryAfter: number
  /** It was long waited for. */
  readonly timedOut: boolean
  /** What the server answered, where it did. */
  readonly status: number | undefined

  constructor(code: Code, message: string, details: TransferDetails = {}) {
    super(code, message, details)
    this.transient = details.transient ?? false
    this.retryAfter = details.retryAfter ?? 0
    this.timedOut = details.timedOut ?? false
    this.status = details.status
  }
}

interface Words {
  readonly what: string
  readonly transient?: boolean
  readonly hint?: string
  readonly code?: Code
}

const OTHER_CA =
  'authorities of your own belong in /usr/local/share/ca-certificates (then update-ca-certificates) or in NODE_EXTRA_CA_CERTS'
const UNKNOWN_ISSUER: Words = { what: 'certificate of an authority that is not trusted here', hint: OTHER_CA }
const SELF_SIGNED: Words = { what: 'certificate signed by itself', hint: OTHER_CA }
const BROKEN_OFF: Words = { what: 'connection broken off by the server', transient: true }
const NO_ROUTE: Words = { what: 'no route to the host' }

/** The status by which a proxy asks who one is. */
export const PROXY_UNAUTHORIZED = 407
const WANTS_CREDENTIALS: Words = {
  what: `wants other credentials (status ${PROXY_UNAUTHORIZED})`,
  hint: 'give them in the variable, as http://USER:PASSWORD@HOST:PORT',
}

/** Bun's codes, which are those of Node, libuv, OpenSSL and llhttp, in words. */
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
  INVALID_PURPOSE: { what: 'certificate made for another purpose, or below one that is no authority' },
  INVALID_CA: { what: 'certificate below one that is no authority' },
  PATH_LENGTH_EXCEEDED: { what: 'certificate below more authorities than allowed' },
  CERT_CHAIN_TOO_LONG: { what: 'certificate below more authorities than allowed' },
  CERT_SIGNATURE_FAILURE: { what: 'certificate that its authority has not signed' },
  WEAK_KEY: { what: 'certificate with a key that is too weak' },
  WEAK_DIGEST: { what: 'certificate signed over a digest that is too weak' },
  CERT_UNTRUSTED: UNKNOWN_ISSUER,
  CERT_REJECTED: { what: 'certificate that is not trusted for servers here' },
  ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED: { what: 'the server wants to see a certificate, and appc has none' },
  ERR_LOCAL_ADDRESS: {
    what: 'the host name leads to this host itself, where no image may send to',
    hint: 'what an image depends on can be fetched beforehand by its own name: appc fetch NAME',
    code: 'INSECURE_URL',
  },
  HPE_HEADER_OVERFLOW: { what: "the answer's header is too long", code: 'DOWNLOAD_LIMIT' },
  EPROTO: { what: 'no TLS could be agreed on' },
  ERR_PROXY_TUNNEL: { what: 'would not connect to it' },
}

/** The codes that say: the issuer of the certificate is not known. */
export const UNKNOWN_ISSUERS: readonly string[] = Object.keys(WORDS).filter((code) => WORDS[code]?.hint === OTHER_CA)

/** The code of a system error; '' where it has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/**
 * The failure that an error of Bun's means for a request to `url`. Errors of ours stay as they are. Bun's own words are
 * kept as the cause, except those of proxies, which hold their passwords.
 *
 * @param proxy the name of the proxy whose error it is
 */
export function failureOf(url: URL, error: unknown, proxy?: string): RuntimeError {
  if (error instanceof RuntimeError) return error
  const code = codeOf(error)
  const {
    what,
    transient = false,
    hint,
    code: ours = 'DOWNLOAD_FAILED',
  } = refusalOf(error) ?? wordsOf(code, messageOf(error))
  const subject = proxy === undefined ? displayURL(url) : `${displayURL(url)}: proxy ${proxy}`
  return new TransferError(ours, `${subject}: ${what}`, {
    transient,
    ...(hint === undefined ? {} : { hint }),
    ...(code.startsWith('ERR_PROXY') ? {} : { cause: error }),
  })
}

/** A proxy that answers, but makes no connection. */
function refusalOf(error: unknown): Words | undefined {
  if (codeOf(error) !== 'ERR_PROXY_TUNNEL' || !(error instanceof Error && 'statusCode' in error)) return undefined
  const status = Number(error.statusCode)
  return status === PROXY_UNAUTHORIZED ? WANTS_CREDENTIALS : { what: `would not connect to it (status ${status})` }
}

/** The failure that an answer of a proxy's own means. */
export const proxyRefusal = (url: URL, proxy: string): RuntimeError =>
  new TransferError(
    'DOWNLOAD_FAILED',
    `${displayURL(url)}: proxy ${proxy}: ${WANTS_CREDENTIALS.what}`,
    WANTS_CREDENTIALS,
  )

/** What BoringSSL says where Bun has no code for it (UNSPECIFIED). */
const REASONS: Readonly<Record<string, string>> = {
  'unhandled critical extension': 'certificate with a condition that nobody here understands',
  'permitted subtree violation': 'certificate of a name that its authority may not give',
  'excluded subtree violation': 'certificate of a name that its authority may not give',
}

function wordsOf(code: string, reason: string): Words {
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined
  if (words !== undefined) return words
  if (code === 'UNSPECIFIED') return { what: REASONS[reason] ?? `certificate refused: ${reason}` }
  if (code.startsWith('HPE_')) return { what: 'the answer is not HTTP' }
  if (code.startsWith('ERR_SSL_')) return { what: 'no TLS could be agreed on' }
  return { what: code === '' ? 'the request failed' : `the request failed (${code})` }
}

/** A connection that ends before it should, as Bun tells it. */
export const brokenOff = (): Error => Object.assign(new Error('closed'), { code: 'ECONNRESET' })

/** An answer that no request of ours can have. */
export const otherAnswer = (url: URL, what: string): TransferError =>
  new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${what}, which was not asked for`)

/** A server that keeps us waiting. */
export const timeoutError = (url: URL, what: string): RuntimeError =>
  new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: timed out: ${what}`, { transient: true, timedOut: true })
