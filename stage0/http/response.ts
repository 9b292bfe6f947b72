import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** An answer whose body has not been read. Whoever got it reads it to its end or destroys it. */
export interface HttpResponse {
  /** Where the answer came from, after redirects. */
  readonly url: URL
  /** Never a redirect; 304, 4xx and 5xx are answers, too. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As sent: a Content-Encoding is not undone. Errors while reading are Bun's; failureOf (failure.ts) puts them in words. */
  readonly body: IncomingMessage
}
