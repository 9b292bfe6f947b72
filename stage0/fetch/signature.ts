import { closeSync, openSync, readSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { wrapFileErrors } from '../files/file-errors.js'
import { compressionProblem } from '../http/coding.js'
import { displayURL } from '../http/display-url.js'
import { statusError } from '../http/status.js'
import type { Session } from './session.js'
import type { ImageRequest } from './image-request.js'

/** Maximum size of a signature file: far more than a signature by many keys has. */
const MAX_BYTES = 1 << 20

/** The HTTP statuses for a file that does not exist. */
const ABSENT: readonly number[] = [404, 410]

const HINT = '--insecure-options=image takes images without a signature'

export const noSignature = (subject: string, why: string): RuntimeError =>
  new RuntimeError('SIGNATURE_MISSING', `${subject}: ${why}`, { hint: HINT })

/**
 * Downloads a signature; null where the server defers it (202). Errors: SIGNATURE_MISSING,
 * SIGNATURE_INVALID for a compressed one; those of HttpClient.bytes and statusError.
 */
export async function downloadSignature(
  session: Session,
  url: URL,
  request: Pick<ImageRequest, 'byImage'>,
): Promise<Uint8Array | null> {
  const client = await session.client(request)
  const { status, headers, bytes } = await client.bytes(url, MAX_BYTES)
  const packed = status === 200 ? compressionProblem(headers, bytes) : undefined
  if (packed !== undefined) throw new RuntimeError('SIGNATURE_INVALID', `${displayURL(url)}: ${packed}`)
  if (status === 200) return bytes
  if (status === 202) return null
  if (ABSENT.includes(status)) throw noSignature(displayURL(url), `the server has no such signature (status ${status})`)
  throw statusError(url, status, headers)
}

/**
 * Reads a signature from a file, which may be a pipe. Errors: FILE_UNREADABLE, SIGNATURE_INVALID.
 */
export function readSignature(path: string): Uint8Array {
  const bytes = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  wrapFileErrors(path, () => {
    const fd = openSync(path, 'r')
    try {
      for (let read; length < bytes.length && (read = readSync(fd, bytes, { offset: length })) > 0; length += read);
    } finally {
      closeSync(fd)
    }
  })
  if (length > MAX_BYTES) throw new RuntimeError('SIGNATURE_INVALID', `${path}: is longer than any signature`)
  return Uint8Array.from(bytes.subarray(0, length))
}
