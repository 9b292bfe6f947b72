import { RuntimeError } from '#schema/errors.js'
import { codingProblem } from '../http/coding.js'
import { isFileInvalid } from './file-invalid.js'

/**
 * Adds to an error about invalid bytes that the server sent them with an unrequested
 * Content-Encoding, which is the most likely cause. Other errors are returned unchanged.
 */
export function explainCoding(error: unknown, coding: string | undefined): unknown {
  if (coding === undefined || !(error instanceof RuntimeError) || !isFileInvalid(error)) return error
  const { code, message, hint, cause } = error
  return new RuntimeError(code, `${message}; it ${codingProblem(coding)}`, {
    ...(hint !== undefined && { hint }),
    cause,
  })
}
