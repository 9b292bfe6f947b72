import { type Code, RuntimeError } from '#schema/errors.js'

const SPOILED: readonly Code[] = [
  'SIGNATURE_INVALID',
  'IMAGE_MISMATCH',
  'ARCHIVE_INVALID',
  'ARCHIVE_LIMIT',
  'MANIFEST_INVALID',
]

/** Whether that is wrong with the bytes: the same file would never do. */
export const spoils = (error: unknown): boolean => error instanceof RuntimeError && SPOILED.includes(error.code)
