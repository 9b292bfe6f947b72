import type { HttpResponse } from './response.js'
import { displayURL } from './display-url.js'
import { failureOf, TransferError } from './failure.js'

/** The Content-Length of a response; undefined if there is none. */
export function contentLength({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  const text = headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** The failure of a body that is longer than allowed. */
export const bodyTooLongError = (url: URL, maxBytes: number): TransferError =>
  new TransferError('DOWNLOAD_LIMIT', `${displayURL(url)}: more than the ${maxBytes} bytes that are allowed`)

/** Reads a short body to its end. Errors: DOWNLOAD_FAILED, DOWNLOAD_LIMIT. */
export async function readBody(response: HttpResponse, maxBytes: number): Promise<Buffer> {
  const { url, body } = response
  if ((contentLength(response) ?? 0) > maxBytes) {
    body.destroy()
    throw bodyTooLongError(url, maxBytes)
  }
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw bodyTooLongError(url, maxBytes)
      chunks.push(chunk)
    }
  } catch (error) {
    throw failureOf(url, error)
  }
  return Buffer.concat(chunks, length)
}
