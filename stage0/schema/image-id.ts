import { describe, text, type Parser } from './check.js'

/** SPEC T5: SHA-512 of the uncompressed tar, in lower-case hex. */
export const IMAGE_ID = /^sha512-[0-9a-f]{128}$/

/** A full image ID; prefixes are allowed only on the command line. */
export const imageID: Parser<string> = (value, at) => {
  const id = text(value, at)
  if (id === null || IMAGE_ID.test(id)) return id
  return at.fault(`expected sha512- and 128 lower-case hex digits, got ${describe(id)}`, actoolMessage(id))
}

/**
 * actool's message; actool checks only that there is one dash, `sha512` before it and something
 * after it.
 */
function actoolMessage(id: string): string | undefined {
  const [algorithm = '', digest, ...more] = id.split('-')
  if (digest === undefined || more.length > 0) return 'badly formatted hash string'
  if (algorithm === '') return 'unexpected empty hash type'
  if (algorithm !== 'sha512') return `unrecognized hash type: ${algorithm}`
  return digest === '' ? 'unexpected empty hash value' : undefined
}

/** Whether a string is a full image ID. */
export const isImageID = (value: string): boolean => IMAGE_ID.test(value)
