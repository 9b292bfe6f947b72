import { closeSync, openSync, readSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { wrapFileErrors } from '../files/file-errors.js'
import { packedBy } from '../http/coding.js'
import { displayURL } from '../http/display-url.js'
import { statusError } from '../http/status.js'
import type { Session } from './session.js'
import type { Wanted } from './wanted.js'

/** Far more than a signature of many keys has. */
const MOST_BYTES = 1 << 20

/** Statuses that say that there is no such file. */
const ABSENT: readonly number[] = [404, 410]

const HINT = '--insecure-options=image takes images without a signature'

export const noSignature = (subject: string, why: string): RuntimeError =>
  new RuntimeError('SIGNATURE_MISSING', `${subject}: ${why}`, { hint: HINT })

/**
 * Downloads a signature; null where the server puts it off (202). Errors: SIGNATURE_MISSING, and those of HttpClient.bytes.
 */
export async function downloadSignature(
  session: Session,
  url: URL,
  of: Pick<Wanted, 'byImage'>,
): Promise<Uint8Array | null> {
  const client = await session.client(of)
  const { status, headers, bytes } = await client.bytes(url, MOST_BYTES)
  const packed = status === 200 ? packedBy(headers, bytes) : undefined
  if (packed !== undefined) throw new RuntimeError('SIGNATURE_INVALID', `${displayURL(url)}: ${packed}`)
  if (status === 200) return bytes
  if (status === 202) return null
  if (ABSENT.includes(status)) throw noSignature(displayURL(url), `the server has no such signature (status ${status})`)
  throw statusError(url, status, headers)
}

/** Reads a signature from a file, which may be a pipe. Errors: FILE_UNREADABLE, SIGNATURE_INVALID. */
export function readSignature(path: string): Uint8Array {
  const bytes = Buffer.alloc(MOST_BYTES + 1)
  let length = 0
  wrapFileErrors(path, () => {
    const fd = openSync(path, 'r')
    try {
      for (let read; length < bytes.length && (read = readSync(fd, bytes, { offset: length })) > 0; length += read);
    } finally {
      closeSync(fd)
    }
  })
  if (length > MOST_BYTES) throw new RuntimeError('SIGNATURE_INVALID', `${path}: is longer than any signature`)
  return Uint8Array.from(bytes.subarray(0, length))
}
