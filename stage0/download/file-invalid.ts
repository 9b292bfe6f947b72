import { type Code, RuntimeError } from '#schema/errors.js'

const FILE_ERRORS: readonly Code[] = [
  'SIGNATURE_INVALID',
  'IMAGE_MISMATCH',
  'ARCHIVE_INVALID',
  'ARCHIVE_LIMIT',
  'MANIFEST_INVALID',
]

/** Whether an error is about the file's bytes: then the same file can never be accepted. */
export const isFileInvalid = (error: unknown): boolean =>
  error instanceof RuntimeError && FILE_ERRORS.includes(error.code)
