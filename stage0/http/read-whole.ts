import type { HttpResponse } from './response.js'
import { displayURL } from './display-url.js'
import { failureOf, TransferError } from './failure.js'

/** The length a server announces; undefined where it does not. */
export function contentLength({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  const text = headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** A body longer than allowed. */
export const tooLong = (url: URL, maxBytes: number): TransferError =>
  new TransferError('DOWNLOAD_LIMIT', `${displayURL(url)}: more than the ${maxBytes} bytes that are allowed`)

/** Reads a short body to its end. Errors: DOWNLOAD_FAILED, DOWNLOAD_LIMIT. */
export async function readWhole(response: HttpResponse, maxBytes: number): Promise<Buffer> {
  const { url, body } = response
  if ((contentLength(response) ?? 0) > maxBytes) {
    body.destroy()
    throw tooLong(url, maxBytes)
  }
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw tooLong(url, maxBytes)
      chunks.push(chunk)
    }
  } catch (error) {
    throw failureOf(url, error)
  }
  return Buffer.concat(chunks, length)
}
