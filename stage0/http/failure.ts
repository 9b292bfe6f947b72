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
  /** Whether the same request may succeed soon. */
  readonly transient: boolean
  /** The delay in milliseconds that the server requests before the next attempt; 0 if none. */
  readonly retryAfter: number
  /** Whether the request failed by a timeout. */
  readonly timedOut: boolean
  /** The status of the response, if there was one. */
  readonly status: number | undefined

  constructor(code: Code, message: string, details: TransferDetails = {}) {
    super(code, message, details)
    this.transient = details.transient ?? false
    this.retryAfter = details.retryAfter ?? 0
    this.timedOut = details.timedOut ?? false
    this.status = details.status
  }
}

interface FailureText {
  readonly problem: string
  readonly transient?: boolean
  readonly hint?: string
  readonly code?: Code
}

const OWN_CA_HINT =
  'authorities of your own belong in /usr/local/share/ca-certificates (then update-ca-certificates) or in NODE_EXTRA_CA_CERTS'
const UNKNOWN_ISSUER: FailureText = {
  problem: 'certificate of an authority that is not trusted here',
  hint: OWN_CA_HINT,
}
const SELF_SIGNED: FailureText = { problem: 'certificate signed by itself', hint: OWN_CA_HINT }
const BROKEN_OFF: FailureText = { problem: 'connection broken off by the server', transient: true }
const NO_ROUTE: FailureText = { problem: 'no route to the host' }

/** The status with which a proxy requests credentials. */
export const PROXY_UNAUTHORIZED = 407
const PROXY_CREDENTIALS: FailureText = {
  problem: `wants other credentials (status ${PROXY_UNAUTHORIZED})`,
  hint: 'give them in the variable, as http://USER:PASSWORD@HOST:PORT',
}

/** The failures by Bun's error code (from Node, libuv, OpenSSL or llhttp). */
const FAILURES: Readonly<Record<string, FailureText>> = {
  ECONNREFUSED: { problem: 'connection refused' },
  ENOTFOUND: { problem: 'no such host name' },
  EAI_AGAIN: { problem: 'the host name could not be looked up just now' },
  ECONNRESET: BROKEN_OFF,
  EPIPE: BROKEN_OFF,
  ECONNABORTED: BROKEN_OFF,
  ERR_STREAM_PREMATURE_CLOSE: BROKEN_OFF,
  ETIMEDOUT: { problem: 'timed out while connecting', transient: true },
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  CERT_HAS_EXPIRED: { problem: 'certificate expired' },
  CERT_NOT_YET_VALID: { problem: 'certificate not valid yet', hint: "is this host's clock right?" },
  CERT_REVOKED: { problem: 'certificate revoked' },
  ERR_TLS_CERT_ALTNAME_INVALID: { problem: 'certificate of another host' },
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  INVALID_PURPOSE: { problem: 'certificate made for another purpose, or below one that is no authority' },
  INVALID_CA: { problem: 'certificate below one that is no authority' },
  PATH_LENGTH_EXCEEDED: { problem: 'certificate below more authorities than allowed' },
  CERT_CHAIN_TOO_LONG: { problem: 'certificate below more authorities than allowed' },
  CERT_SIGNATURE_FAILURE: { problem: 'certificate that its authority has not signed' },
  WEAK_KEY: { problem: 'certificate with a key that is too weak' },
  WEAK_DIGEST: { problem: 'certificate signed over a digest that is too weak' },
  CERT_UNTRUSTED: UNKNOWN_ISSUER,
  CERT_REJECTED: { problem: 'certificate that is not trusted for servers here' },
  ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED: { problem: 'the server wants to see a certificate, and appc has none' },
  ERR_LOCAL_ADDRESS: {
    problem: 'the host name leads to this host itself, where no image may send to',
    hint: 'what an image depends on can be fetched beforehand by its own name: appc fetch NAME',
    code: 'INSECURE_URL',
  },
  HPE_HEADER_OVERFLOW: { problem: "the answer's header is too long", code: 'DOWNLOAD_LIMIT' },
  EPROTO: { problem: 'no TLS could be agreed on' },
  ERR_PROXY_TUNNEL: { problem: 'would not connect to it' },
}

/** The codes for an unknown issuer of the certificate. */
export const UNKNOWN_ISSUERS: readonly string[] = Object.keys(FAILURES).filter(
  (code) => FAILURES[code]?.hint === OWN_CA_HINT,
)

/** The code of an error; '' if it has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/**
 * Converts an error of Bun for a request to `url` into a TransferError; a RuntimeError is returned
 * unchanged. Bun's error is kept as the cause, except errors of proxies, which contain their
 * passwords.
 *
 * @param proxy the name of the proxy, if the error is the proxy's
 */
export function failureOf(url: URL, error: unknown, proxy?: string): RuntimeError {
  if (error instanceof RuntimeError) return error
  const code = codeOf(error)
  const {
    problem: what,
    transient = false,
    hint,
    code: ours = 'DOWNLOAD_FAILED',
  } = proxyFailure(error) ?? failureText(code, messageOf(error))
  const subject = proxy === undefined ? displayURL(url) : `${displayURL(url)}: proxy ${proxy}`
  return new TransferError(ours, `${subject}: ${what}`, {
    transient,
    ...(hint === undefined ? {} : { hint }),
    ...(code.startsWith('ERR_PROXY') ? {} : { cause: error }),
  })
}

/** The failure of a proxy that responds but makes no connection. */
function proxyFailure(error: unknown): FailureText | undefined {
  if (codeOf(error) !== 'ERR_PROXY_TUNNEL' || !(error instanceof Error && 'statusCode' in error)) return undefined
  const status = Number(error.statusCode)
  return status === PROXY_UNAUTHORIZED ? PROXY_CREDENTIALS : { problem: `would not connect to it (status ${status})` }
}

/** The failure of a proxy that requests credentials itself. */
export const proxyCredentialsError = (url: URL, proxy: string): RuntimeError =>
  new TransferError(
    'DOWNLOAD_FAILED',
    `${displayURL(url)}: proxy ${proxy}: ${PROXY_CREDENTIALS.problem}`,
    PROXY_CREDENTIALS,
  )

/** Failures by BoringSSL's message, for errors without a code of Bun (UNSPECIFIED). */
const REASONS: Readonly<Record<string, string>> = {
  'unhandled critical extension': 'certificate with a condition that nobody here understands',
  'permitted subtree violation': 'certificate of a name that its authority may not give',
  'excluded subtree violation': 'certificate of a name that its authority may not give',
}

function failureText(code: string, reason: string): FailureText {
  const text = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined
  if (text !== undefined) return text
  if (code === 'UNSPECIFIED') return { problem: REASONS[reason] ?? `certificate refused: ${reason}` }
  if (code.startsWith('HPE_')) return { problem: 'the answer is not HTTP' }
  if (code.startsWith('ERR_SSL_')) return { problem: 'no TLS could be agreed on' }
  return { problem: code === '' ? 'the request failed' : `the request failed (${code})` }
}

/** Bun's error for a connection that was closed too early. */
export const connectionClosedError = (): Error => Object.assign(new Error('closed'), { code: 'ECONNRESET' })

/** The failure of a response that appc did not request. */
export const unexpectedResponseError = (url: URL, problem: string): TransferError =>
  new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${problem}, which was not asked for`)

/** The failure of a server that does not respond in time. */
export const timeoutError = (url: URL, problem: string): RuntimeError =>
  new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: timed out: ${problem}`, { transient: true, timedOut: true })
