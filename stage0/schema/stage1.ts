import { isObject } from './check.js'
import { CODES, type Code, RuntimeError } from './errors.js'

/**
 * The verbs of stage1 that stage0 becomes (execve): each prints what it has to say, and its exit
 * status is the command's.
 */
export type BecomingVerb = 'run' | 'enter' | 'attach'

/** The verbs that stage0 waits for: each gives one {@link Answer} on stdout. */
export type AnsweringVerb = 'stop'

/**
 * The verbs that stage0 starts once and gives many pods: each reads a line with a request on stdin after another until that
 * ends, and gives one {@link Answer} for each, in the same order.
 */
export type ServingVerb = 'gc'

/** A pod that has ended, and whose leftovers `stage1 gc` removes. */
export interface GCRequest {
  readonly uuid: string
  /** The unit ID, see unit-name.ts. */
  readonly id: string
  /** The pod directory, absolute; stage0 holds its lock. */
  readonly directory: string
  /** Whether a newer pod has taken over the ID: then the units of that name are not this pod's. */
  readonly idInUse: boolean
}

/** The line that stage0 writes. */
export const formatGCRequest = (request: GCRequest): string => `${JSON.stringify(request)}\n`

/** The request in a line that stage0 wrote. Errors: INTERNAL where it is none. */
export function parseGCRequest(line: string): GCRequest {
  const request = parsed(line)
  if (isGCRequest(request)) return request
  throw new RuntimeError('INTERNAL', `${line}: is no request of stage1 gc`)
}

const isGCRequest = (value: unknown): value is GCRequest =>
  isObject(value) &&
  ['uuid', 'id', 'directory'].every((key) => typeof value[key] === 'string') &&
  typeof value['idInUse'] === 'boolean'

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
