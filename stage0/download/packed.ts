import { RuntimeError } from '#schema/errors.js'
import { codingProblem } from '../http/coding.js'
import { spoils } from './spoiled.js'

/** Says of bytes that are no good that they were sent packed: what servers pack that nobody asked them to is why, most often. */
export function blamePacking(error: unknown, coding: string | undefined): unknown {
  if (coding === undefined || !(error instanceof RuntimeError) || !spoils(error)) return error
  const { code, message, hint, cause } = error
  return new RuntimeError(code, `${message}; it ${codingProblem(coding)}`, {
    ...(hint !== undefined && { hint }),
    cause,
  })
}
