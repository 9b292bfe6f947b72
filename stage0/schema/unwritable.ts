import { isSystemError, plainReason, RuntimeError } from './errors.js'

/**
 * The error of a pod in whose directory a file cannot be written: POD_START_FAILED for an error of
 * the file system, every other cause as it is.
 */
export function unwritable(directory: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause
  return new RuntimeError('POD_START_FAILED', `${directory}: cannot be written: ${plainReason(cause)}`, {
    hint: `df ${directory}`,
    cause,
  })
}
