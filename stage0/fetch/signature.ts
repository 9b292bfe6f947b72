import { readFileSync } from 'node:fs'
import { plainReason, RuntimeError } from '#schema/errors.js'
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
  const { status, bytes } = await client.bytes(url, MOST_BYTES)
  if (status === 200) return bytes
  if (status === 202) return null
  if (ABSENT.includes(status)) throw noSignature(displayURL(url), `the server has no such signature (status ${status})`)
  throw statusError(url, status)
}

/** Reads a signature from a file. Errors: FILE_UNREADABLE. */
export function readSignature(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { cause })
  }
}
