import { native } from '#native'
import type { HttpClient } from '../http/client.js'
import type { HttpResponse } from '../http/response.js'
import { contentCoding } from '../http/coding.js'
import { eachChunk } from '../http/each-chunk.js'
import { displayURL, withoutQuery } from '../http/display-url.js'
import { failureOf, TransferError } from '../http/failure.js'
import { contentLength, bodyTooLongError } from '../http/read-body.js'
import { statusError } from '../http/status.js'
import type { DownloadRequest } from './request.js'
import type { Slot, SlotState } from './slot.js'
import { conditions, type CachedFile, strongValidator, type Validators, validatorsOf } from './validators.js'

/**
 * The result of one request. `whole`: the slot is complete; `unchanged`: the caller's cached file
 * is current; `kept`: the slot's complete file is current; `deferred`: the server will have the
 * file later.
 */
export type Attempt =
  | { readonly kind: 'whole' }
  | { readonly kind: 'unchanged'; readonly validators: Validators }
  | { readonly kind: 'kept' }
  | { readonly kind: 'deferred' }

/**
 * Requests the missing bytes of the slot once. Errors: those of HttpClient.get, statusError and
 * body reads; if TransferError.transient is set, another attempt may succeed.
 */
export async function attempt(
  client: HttpClient,
  slot: Slot,
  request: DownloadRequest,
  cached: CachedFile | undefined,
): Promise<Attempt> {
  const state = slot.read()
  const isComplete = state?.completedAt !== undefined
  const present = slot.bytes
  const resume = !isComplete && state?.strong !== undefined && present > 0 ? state.strong : undefined
  const conditionHeaders = conditions(cached ?? (isComplete ? state.validators : {}))
  const response = await client.get(request.url, {
    ...conditionHeaders,
    ...(resume !== undefined && { range: `bytes=${present}-`, 'if-range': resume }),
  })
  switch (response.status) {
    case 200:
      slot.begin(stateOf(response))
      await receive(slot, 0, contentLength(response), response, request)
      return { kind: 'whole' }
    case 206:
      await receiveRest(slot, present, resume, response, request)
      return { kind: 'whole' }
    case 202:
      response.body.destroy()
      return { kind: 'deferred' }
    case 304:
      response.body.destroy()
      return handleNotModified(response, conditionHeaders, cached, slot, state)
    case 416:
      response.body.destroy()
      if (resume === undefined) throw statusError(response.url, 416)
      throw restart(slot, response.url, 'the rest of the file is not what it was')
    default:
      response.body.destroy()
      throw statusError(response.url, response.status, response.headers)
  }
}

function stateOf({ url, headers }: HttpResponse): SlotState {
  const validators = validatorsOf(headers)
  const strong = strongValidator(validators, headers.date)
  const coding = contentCoding(headers)
  return {
    source: withoutQuery(url),
    validators,
    ...(strong !== undefined && { strong }),
    ...(coding !== undefined && { coding }),
  }
}

function handleNotModified(
  { url, headers }: HttpResponse,
  conditionHeaders: Readonly<Record<string, string>>,
  cached: CachedFile | undefined,
  slot: Slot,
  state: SlotState | undefined,
): Attempt {
  if (Object.keys(conditionHeaders).length === 0) throw statusError(url, 304)
  if (cached !== undefined) return { kind: 'unchanged', validators: mergeValidators(cached, validatorsOf(headers)) }
  if (state === undefined) throw statusError(url, 304)
  slot.write({
    ...state,
    validators: mergeValidators(state.validators, validatorsOf(headers)),
    completedAt: Date.now(),
  })
  return { kind: 'kept' }
}

/** Adds the validators of a 304, which need not repeat earlier ones; its max-age starts now. */
function mergeValidators({ etag, lastModified }: Validators, now: Validators): Validators {
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }), ...now }
}

/**
 * Receives the rest of a file. Errors: DOWNLOAD_FAILED (transient) where the server sent another
 * part.
 */
async function receiveRest(
  slot: Slot,
  present: number,
  resume: string | undefined,
  response: HttpResponse,
  request: DownloadRequest,
): Promise<void> {
  const { url, headers } = response
  const [, first, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers['content-range'] ?? '') ?? []
  const end = Number(last) + 1
  const { etag } = validatorsOf(headers)
  const isSameFile = etag === undefined || !resume?.includes('"') || etag === resume
  if (resume === undefined || Number(first) !== present || end !== Number(total) || !isSameFile) {
    response.body.destroy()
    throw restart(slot, url, 'another part of the file was sent than was asked for')
  }
  await receive(slot, present, end, response, request)
}

/** Empties the slot, so that the next attempt requests the whole file; returns the failure. */
function restart(slot: Slot, url: URL, why: string): TransferError {
  slot.begin({ source: withoutQuery(url), validators: {} })
  return new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${why}`, { transient: true })
}

/**
 * Writes a body to the slot from `offset` on. `total`: size of the whole file in bytes, if the
 * server sends it.
 */
async function receive(
  slot: Slot,
  offset: number,
  total: number | undefined,
  { url, body }: HttpResponse,
  { maxBytes, onProgress }: DownloadRequest,
): Promise<void> {
  let bytes = offset
  const appendChunk = (chunk: Buffer): void => {
    if (bytes + chunk.length > maxBytes) throw bodyTooLongError(url, maxBytes)
    slot.append(chunk, bytes)
    bytes += chunk.length
    onProgress?.(bytes, total)
  }
  try {
    if (total !== undefined && total > maxBytes) throw bodyTooLongError(url, maxBytes)
    onProgress?.(bytes, total)
    // receiving needs few of the pages of the runtime's file that connecting used
    native.giveBack()
    await eachChunk(body, appendChunk)
  } catch (error) {
    throw failureOf(url, error)
  } finally {
    body.destroy()
  }
  if (total === undefined || bytes === total) return
  const problem = `the server sent ${bytes} of ${total} bytes`
  throw new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${problem}`, { transient: true })
}
