import { RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import type { HttpClient } from '../http/client.js'
import { displayURL, withoutQuery } from '../http/display-url.js'
import { retry } from '../http/retry.js'
import { type Attempt, attempt } from './attempt.js'
import { Follower } from './follower.js'
import { blamePacking } from './packed.js'
import type { DownloadRequest } from './request.js'
import { Slot } from './slot.js'
import { spoils } from './spoiled.js'
import { isFresh, type Known, type Validators } from './validators.js'

export type { Body } from './follower.js'
export { blamePacking } from './packed.js'
export type { DownloadRequest } from './request.js'
export { spoils } from './spoiled.js'
export type { Known, Validators } from './validators.js'

/** A whole file. Others who want the same URL wait until it is kept, removed or disposed of. */
export interface DownloadedFile<T = unknown> extends Disposable {
  readonly kind: 'file'
  readonly path: string
  /** Open for reading, at offset 0; closed by keep, remove and dispose. */
  readonly fd: number
  readonly bytes: number
  readonly validators: Validators
  /** Where it came from, after redirects, without the query. */
  readonly url: URL
  /** How the server packed it, though it was not asked to; the bytes are those that were sent. */
  readonly coding: string | undefined
  /** What has come of following it; undefined where nobody does. Until then it must not be disposed of. */
  readonly followed: Promise<T | undefined>
  /** Leaves the file for the next one who asks; dispose does the same. */
  keep(): void
  /** Gives up its bytes, so that the disk need not get them; others still wait. */
  empty(): void
  /** Removes it: it is in the store, or nobody may ever use it. */
  remove(): void
}

export type Downloaded<T = unknown> =
  /** What is known is still right. */
  | { readonly kind: 'unchanged'; readonly validators: Validators }
  /** 202: the server will have it later. */
  | { readonly kind: 'deferred' }
  | DownloadedFile<T>

/** A try that brought this many bytes does not count. */
const PROGRESS_BYTES = 1 << 20

/**
 * Downloads a file into the data directory. An interrupted download is resumed where the server shows that the file is still the
 * same. Errors: those of HttpClient.get; DOWNLOAD_FAILED, DOWNLOAD_LIMIT, IMAGE_MISMATCH; FILE_UNREADABLE where the disk is full;
 * those of `follow`.
 */
export async function download<T>(
  dir: DataDir,
  client: HttpClient,
  request: DownloadRequest<T>,
): Promise<Downloaded<T>> {
  const began = Date.now()
  const told = knownOf(request)
  const before = (told instanceof Promise ? await told : told)?.checkedAt ?? 0
  const slot = await Slot.take(dir, request.url)
  const follower = request.follow && new Follower(slot, request.follow)
  if (follower !== undefined) slot.follower = follower
  const whole = (): DownloadedFile<T> => fileIn(slot, request, follower)
  try {
    const known = await knownOf(request)
    if (known !== undefined && (isFresh(known, Date.now()) || doneMeanwhile(slot, known.checkedAt, before + 1))) {
      slot.remove()
      return { kind: 'unchanged', validators: known }
    }
    const state = slot.read()
    const { completedAt } = state ?? {}
    if (state !== undefined && completedAt !== undefined) {
      if (slot.bytes > request.maxBytes) slot.begin({ source: withoutQuery(request.url), validators: {} })
      else if (isFresh({ ...state.validators, checkedAt: completedAt }, Date.now())) return whole()
      else if (doneMeanwhile(slot, completedAt, began)) return whole()
    }
    const { kind, ...rest } = await persistently(client, slot, request, known)
    if (kind === 'whole') complete(slot)
    if (kind === 'whole' || kind === 'kept') return whole()
    slot.remove()
    return kind === 'deferred' ? { kind } : { kind, validators: {}, ...rest }
  } catch (error) {
    const blamed = blamePacking(error, slot.read()?.coding)
    giveUp(slot, error)
    await follower?.settled()
    throw blamed
  }
}

const knownOf = ({ known }: DownloadRequest): Known | undefined | Promise<Known | undefined> =>
  typeof known === 'function' ? known() : known

/** Another process did it, at `since` or later, while we waited for it. */
const doneMeanwhile = (slot: Slot, at: number | undefined, since: number): boolean =>
  slot.waited && at !== undefined && at >= since

/** Tries until it works, or trying again makes no sense. */
function persistently(
  client: HttpClient,
  slot: Slot,
  request: DownloadRequest,
  known: Known | undefined,
): Promise<Attempt> {
  let before = 0
  const once = (): Promise<Attempt> => {
    before = slot.bytes
    return attempt(client, slot, request, known)
  }
  return retry(client.options, once, () => slot.bytes - before >= PROGRESS_BYTES)
}

function complete(slot: Slot): void {
  const state = slot.read()
  if (state !== undefined) slot.write({ ...state, completedAt: Date.now(), bytes: slot.bytes })
}

/** Leaves what can be resumed, and nothing else. */
function giveUp(slot: Slot, error: unknown): void {
  const tooMuch = error instanceof RuntimeError && error.code === 'DOWNLOAD_LIMIT'
  const resumable = slot.read()?.strong !== undefined && slot.bytes > 0
  if (resumable && !tooMuch && !spoils(error)) slot[Symbol.dispose]()
  else slot.remove()
}

/** Errors: IMAGE_MISMATCH. */
function fileIn<T>(slot: Slot, request: DownloadRequest<T>, follower: Follower<T> | undefined): DownloadedFile<T> {
  const state = slot.read()
  if (state === undefined) throw new Error(`${slot.path}: state.json is gone`)
  const { bytes } = slot
  const { exactBytes = bytes } = request
  if (bytes !== exactBytes) {
    const what = `has ${bytes} bytes, but ${exactBytes} were asked for`
    throw new RuntimeError('IMAGE_MISMATCH', `${displayURL(request.url)}: ${what}`)
  }
  const keep = (): void => slot[Symbol.dispose]()
  return {
    kind: 'file',
    path: slot.bodyPath,
    fd: slot.fd,
    bytes,
    validators: state.validators,
    url: new URL(state.source),
    coding: state.coding,
    followed: follower === undefined ? Promise.resolve(undefined) : follower.whole(bytes),
    keep,
    empty: () => slot.empty(),
    remove: () => slot.remove(),
    [Symbol.dispose]: keep,
  }
}
