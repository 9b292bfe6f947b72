import { RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import type { HttpClient } from '../http/client.js'
import { displayURL, withoutQuery } from '../http/display-url.js'
import { retry } from '../http/retry.js'
import { type Attempt, attempt } from './attempt.js'
import { Follower } from './follower.js'
import { explainCoding } from './explain-coding.js'
import type { DownloadRequest } from './request.js'
import { Slot } from './slot.js'
import { isFileInvalid } from './file-invalid.js'
import { isFresh, type CachedFile, type Validators } from './validators.js'

export type { Body } from './follower.js'
export { explainCoding } from './explain-coding.js'
export type { DownloadRequest } from './request.js'
export { isFileInvalid } from './file-invalid.js'
export type { CachedFile, Validators } from './validators.js'

/**
 * A complete file. Other processes that download the same URL wait until it is kept, removed or
 * disposed.
 */
export interface DownloadedFile<T = unknown> extends Disposable {
  readonly kind: 'file'
  readonly path: string
  /** Open for reading, at offset 0; closed by keep, remove and dispose. */
  readonly fd: number
  readonly bytes: number
  readonly validators: Validators
  /** Its URL after redirects, without the query. */
  readonly url: URL
  /** The Content-Encoding, if the server used one unrequested; the bytes are as sent. */
  readonly coding: string | undefined
  /**
   * The result of `follow`; undefined without one. The file must not be disposed before it settles.
   */
  readonly followed: Promise<T | undefined>
  /** Keeps the file for the next download of the URL; dispose does the same. */
  keep(): void
  /**
   * Truncates the file, so that its bytes need not be written to disk; other processes still wait.
   */
  empty(): void
  /** Removes the file: it is in the store, or must never be used. */
  remove(): void
}

export type Downloaded<T = unknown> =
  /** The cached file is still current. */
  | { readonly kind: 'unchanged'; readonly validators: Validators }
  /** 202: the server will have it later. */
  | { readonly kind: 'deferred' }
  | DownloadedFile<T>

/** An attempt that received this many bytes is not counted. */
const PROGRESS_BYTES = 1 << 20

/**
 * Downloads a file into the data directory. An interrupted download is resumed if the server
 * confirms that the file is unchanged. Errors: DOWNLOAD_FAILED, DOWNLOAD_LIMIT, IMAGE_MISMATCH,
 * FILE_UNREADABLE where the disk is full; those of HttpClient.get and of `follow`.
 */
export async function download<T>(
  dir: DataDir,
  client: HttpClient,
  request: DownloadRequest<T>,
): Promise<Downloaded<T>> {
  const startedAt = Date.now()
  const cachedBefore = readCached(request)
  const checkedBefore = (cachedBefore instanceof Promise ? await cachedBefore : cachedBefore)?.checkedAt ?? 0
  const slot = await Slot.acquire(dir, request.url)
  const follower = request.follow && new Follower(slot, request.follow)
  if (follower !== undefined) slot.follower = follower
  const completedFile = (): DownloadedFile<T> => fileIn(slot, request, follower)
  try {
    const cached = await readCached(request)
    if (
      cached !== undefined &&
      (isFresh(cached, Date.now()) || isDoneByOther(slot, cached.checkedAt, checkedBefore + 1))
    ) {
      slot.remove()
      return { kind: 'unchanged', validators: cached }
    }
    const state = slot.read()
    const { completedAt } = state ?? {}
    if (state !== undefined && completedAt !== undefined) {
      if (slot.bytes > request.maxBytes) slot.begin({ source: withoutQuery(request.url), validators: {} })
      else if (isFresh({ ...state.validators, checkedAt: completedAt }, Date.now())) return completedFile()
      else if (isDoneByOther(slot, completedAt, startedAt)) return completedFile()
    }
    const { kind, ...rest } = await attemptWithRetries(client, slot, request, cached)
    if (kind === 'whole') complete(slot)
    if (kind === 'whole' || kind === 'kept') return completedFile()
    slot.remove()
    return kind === 'deferred' ? { kind } : { kind, validators: {}, ...rest }
  } catch (error) {
    const explained = explainCoding(error, slot.read()?.coding)
    abandon(slot, error)
    await follower?.settled()
    throw explained
  }
}

const readCached = ({ cached }: DownloadRequest): CachedFile | undefined | Promise<CachedFile | undefined> =>
  typeof cached === 'function' ? cached() : cached

/**
 * Whether another process downloaded the file, at `since` or later, while this one waited for it.
 */
const isDoneByOther = (slot: Slot, at: number | undefined, since: number): boolean =>
  slot.hasWaited && at !== undefined && at >= since

/** Repeats attempts until one succeeds or no further one is useful. */
function attemptWithRetries(
  client: HttpClient,
  slot: Slot,
  request: DownloadRequest,
  cached: CachedFile | undefined,
): Promise<Attempt> {
  let bytesBefore = 0
  const attemptOnce = (): Promise<Attempt> => {
    bytesBefore = slot.bytes
    return attempt(client, slot, request, cached)
  }
  return retry(client.options, attemptOnce, () => slot.bytes - bytesBefore >= PROGRESS_BYTES)
}

function complete(slot: Slot): void {
  const state = slot.read()
  if (state !== undefined) slot.write({ ...state, completedAt: Date.now(), bytes: slot.bytes })
}

/** Keeps a download that can be resumed, and removes any other. */
function abandon(slot: Slot, error: unknown): void {
  const isTooLarge = error instanceof RuntimeError && error.code === 'DOWNLOAD_LIMIT'
  const resumable = slot.read()?.strong !== undefined && slot.bytes > 0
  if (resumable && !isTooLarge && !isFileInvalid(error)) slot[Symbol.dispose]()
  else slot.remove()
}

/** The complete file in a slot. Errors: IMAGE_MISMATCH where it does not have the expected size. */
function fileIn<T>(slot: Slot, request: DownloadRequest<T>, follower: Follower<T> | undefined): DownloadedFile<T> {
  const state = slot.read()
  if (state === undefined) throw new Error(`${slot.path}: state.json is gone`)
  const { bytes } = slot
  const { exactBytes = bytes } = request
  if (bytes !== exactBytes) {
    const problem = `has ${bytes} bytes, but ${exactBytes} were asked for`
    throw new RuntimeError('IMAGE_MISMATCH', `${displayURL(request.url)}: ${problem}`)
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
