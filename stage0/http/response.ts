import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** A response whose body was not read yet. The receiver must read it to its end or destroy it. */
export interface HttpResponse {
  /** The URL of the response, after redirects. */
  readonly url: URL
  /** Never a redirect; may be 304, 4xx or 5xx. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /**
   * As sent: a Content-Encoding is not decoded. Read errors are Bun's; failureOf (failure.ts)
   * converts them.
   */
  readonly body: IncomingMessage
}
