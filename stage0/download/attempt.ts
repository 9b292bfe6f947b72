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
import { conditions, type Known, strongValidator, type Validators, validatorsOf } from './validators.js'

/** How one request ended: the slot is whole, or nothing was to be had. */
export type Attempt =
  | { readonly kind: 'whole' }
  | { readonly kind: 'unchanged'; readonly validators: Validators }
  | { readonly kind: 'kept' }
  | { readonly kind: 'deferred' }

/** Asks once for what the slot lacks. Errors: those of HttpClient.get, of statuses and of bodies; TransferError.transient tells. */
export async function attempt(
  client: HttpClient,
  slot: Slot,
  request: DownloadRequest,
  known: Known | undefined,
): Promise<Attempt> {
  const state = slot.read()
  const whole = state?.completedAt !== undefined
  const present = slot.bytes
  const resume = !whole && state?.strong !== undefined && present > 0 ? state.strong : undefined
  const asked = conditions(known ?? (whole ? state.validators : {}))
  const response = await client.get(request.url, {
    ...asked,
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
      return unchanged(response, asked, known, slot, state)
    case 416:
      response.body.destroy()
      if (resume === undefined) throw statusError(response.url, 416)
      throw startOver(slot, response.url, 'the rest of the file is not what it was')
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

function unchanged(
  { url, headers }: HttpResponse,
  asked: Readonly<Record<string, string>>,
  known: Known | undefined,
  slot: Slot,
  state: SlotState | undefined,
): Attempt {
  if (Object.keys(asked).length === 0) throw statusError(url, 304)
  if (known !== undefined) return { kind: 'unchanged', validators: merged(known, validatorsOf(headers)) }
  if (state === undefined) throw statusError(url, 304)
  slot.write({ ...state, validators: merged(state.validators, validatorsOf(headers)), completedAt: Date.now() })
  return { kind: 'kept' }
}

/** A 304 need not repeat what it has said before, and its max-age counts from now. */
function merged({ etag, lastModified }: Validators, now: Validators): Validators {
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }), ...now }
}

/** Takes the rest of a file, if that is what was sent. */
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
  const same = etag === undefined || !resume?.includes('"') || etag === resume
  if (resume === undefined || Number(first) !== present || end !== Number(total) || !same) {
    response.body.destroy()
    throw startOver(slot, url, 'another part of the file was sent than was asked for')
  }
  await receive(slot, present, end, response, request)
}

/** Empties the slot; the next try asks for all of it. */
function startOver(slot: Slot, url: URL, why: string): TransferError {
  slot.begin({ source: withoutQuery(url), validators: {} })
  return new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${why}`, { transient: true })
}

/** Writes a body from `offset` on. `total`: bytes of the whole file, where the server tells. */
async function receive(
  slot: Slot,
  offset: number,
  total: number | undefined,
  { url, body }: HttpResponse,
  { maxBytes, onProgress }: DownloadRequest,
): Promise<void> {
  let bytes = offset
  const take = (chunk: Buffer): void => {
    if (bytes + chunk.length > maxBytes) throw bodyTooLongError(url, maxBytes)
    slot.append(chunk, bytes)
    bytes += chunk.length
    onProgress?.(bytes, total)
  }
  try {
    if (total !== undefined && total > maxBytes) throw bodyTooLongError(url, maxBytes)
    onProgress?.(bytes, total)
    // most of what the connection took of the runtime's file is not what receiving uses
    native.giveBack()
    await eachChunk(body, take)
  } catch (error) {
    throw failureOf(url, error)
  } finally {
    body.destroy()
  }
  if (total === undefined || bytes === total) return
  const what = `the server sent ${bytes} of ${total} bytes`
  throw new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${what}`, { transient: true })
}
