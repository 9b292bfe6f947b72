import { isObject } from './check.js'
import { CODES, type Code } from './errors.js'

/**
 * The verbs of stage1 that stage0 becomes (execve): each prints what it has to say, and its exit
 * status is the command's.
 */
export type BecomingVerb = 'run' | 'enter' | 'attach'

/** The verbs that stage0 waits for: each gives one {@link Answer} on stdout. */
export type AnsweringVerb = 'stop' | 'gc'

/**
 * What a verb did: nothing that failed, but maybe something the operator should know; or why it
 * failed.
 */
export type Answer = { readonly warnings: readonly string[] } | { readonly failure: Failure }

/** A RuntimeError on its way from stage1 to stage0. */
export interface Failure {
  readonly code: Code
  readonly message: string
  readonly hint?: string
}

/** The line that stage1 writes. */
export const formatAnswer = (answer: Answer): string => `${JSON.stringify(answer)}\n`

/** The answer in what stage1 wrote; null where it wrote none, because it was killed. */
export function parseAnswer(text: string): Answer | null {
  const answer = parsed(text)
  if (!isObject(answer)) return null
  const { warnings, failure } = answer
  if (isTexts(warnings)) return { warnings }
  return isFailure(failure) ? { failure } : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')

const isFailure = (value: unknown): value is Failure =>
  isObject(value) &&
  typeof value['code'] === 'string' &&
  Object.hasOwn(CODES, value['code']) &&
  typeof value['message'] === 'string' &&
  (value['hint'] === undefined || typeof value['hint'] === 'string')
