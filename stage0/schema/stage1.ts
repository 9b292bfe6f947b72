import { isObject } from './check.js'
import { CODES, type Code, RuntimeError } from './errors.js'

/**
 * The verbs of stage1 that stage0 executes in its own process (execve): stage1 writes its own
 * messages, and its exit status is that of the command.
 */
export type BecomingVerb = 'run' | 'enter' | 'attach'

/** The verbs that stage0 waits for: each writes one {@link Answer} to stdout. */
export type AnsweringVerb = 'stop' | 'check' | 'renew' | 'repair'

/**
 * The verbs that stage0 starts once for many pods: stage1 reads one line with a request after
 * another from stdin until its end, and writes one {@link Answer} for each, in the same order.
 */
export type ServingVerb = 'gc'

/** A request to `stage1 gc`: remove what an ended pod left. */
export interface GCRequest {
  readonly uuid: string
  /** The unit ID, see unit-name.ts. */
  readonly id: string
  /** The pod directory, absolute; stage0 holds its lock. */
  readonly directory: string
  /**
   * Whether a newer pod has taken over the ID: then units with that ID do not belong to this pod.
   */
  readonly idInUse: boolean
}

/** The line that stage0 writes for a request. */
export const formatGCRequest = (request: GCRequest): string => `${JSON.stringify(request)}\n`

/** Parses the request in a line that stage0 wrote. Errors: INTERNAL where it is not valid. */
export function parseGCRequest(line: string): GCRequest {
  const request = parseJSON(line)
  if (isGCRequest(request)) return request
  throw new RuntimeError('INTERNAL', `${line}: is no request of stage1 gc`)
}

const isGCRequest = (value: unknown): value is GCRequest =>
  isObject(value) &&
  ['uuid', 'id', 'directory'].every((key) => typeof value[key] === 'string') &&
  typeof value['idInUse'] === 'boolean'

/** The result of a verb: success, with warnings for the operator; or the error. */
export type Answer = { readonly warnings: readonly string[] } | { readonly failure: Failure }

/** A RuntimeError that stage1 sends to stage0. */
export interface Failure {
  readonly code: Code
  readonly message: string
  readonly hint?: string
}

/** The line that stage1 writes for an answer. */
export const formatAnswer = (answer: Answer): string => `${JSON.stringify(answer)}\n`

/**
 * Parses the answer in the output of stage1; null where there is none, because stage1 was killed.
 */
export function parseAnswer(text: string): Answer | null {
  const answer = parseJSON(text)
  if (!isObject(answer)) return null
  const { warnings, failure } = answer
  if (isTexts(warnings)) return { warnings }
  return isFailure(failure) ? { failure } : null
}

function parseJSON(text: string): unknown {
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
