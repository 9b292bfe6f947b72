import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import { isObject } from '#schema/check.js'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { type Lock, lockNow, lockWhenFree } from '../files/lock.js'
import { replaceFile } from '../files/replace.js'
import type { ByteListener } from './follower.js'
import type { Validators } from './validators.js'

/** The record of the bytes in a slot; written before the first byte. */
export interface SlotState {
  /** Their URL after redirects, without the query. */
  readonly source: string
  readonly validators: Validators
  /** The value for If-Range; absent if the download cannot be resumed. */
  readonly strong?: string
  /** The Content-Encoding, if the server used one unrequested. */
  readonly coding?: string
  /** When the file was completed, in ms since 1970; absent while bytes are missing. */
  readonly completedAt?: number
  /** The size of the file; present together with `completedAt`. */
  readonly bytes?: number
}

/**
 * The directory of one URL below `downloads/`, locked. If the process dies, another one can
 * continue.
 */
export class Slot implements Disposable {
  readonly path: string
  /** The file `body`, open for reading and writing; its offset stays 0. */
  readonly fd: number
  /** Whether another process held the lock at first. */
  readonly hasWaited: boolean
  /** Gets reports about the bytes. */
  follower?: ByteListener
  readonly #lock: Lock
  #isHeld = true

  private constructor(path: string, lock: Lock, fd: number, waited: boolean) {
    this.path = path
    this.#lock = lock
    this.fd = fd
    this.hasWaited = waited
  }

  /**
   * Acquires the slot of `url`; waits for other processes that download it. Errors:
   * FILE_UNREADABLE.
   */
  static async acquire(dir: DataDir, url: URL): Promise<Slot> {
    const path = join(dir.downloads, native.sha512(url.href))
    try {
      return await Slot.#acquire(path)
    } catch (cause) {
      throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot be written: ${messageOf(cause)}`, { cause })
    }
  }

  static async #acquire(path: string): Promise<Slot> {
    let waited = false
    for (;;) {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      try {
        let lock = lockNow(path, 'exclusive')
        if (lock === 'held') {
          waited = true
          lock = await lockWhenFree(path, 'exclusive')
        }
        // a string means that the previous holder has removed the directory
        if (typeof lock !== 'string') return Slot.#open(path, lock, waited)
      } catch (error) {
        // ENOENT means that somebody has removed the directory by hand
        if (!isErrno(error, 'ENOENT')) throw error
      }
    }
  }

  static #open(path: string, lock: Lock, waited: boolean): Slot {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW
    try {
      return new Slot(path, lock, openSync(join(path, 'body'), flags, 0o600), waited)
    } catch (error) {
      lock.release()
      throw error
    }
  }

  get bodyPath(): string {
    return join(this.path, 'body')
  }

  /** Bytes present. */
  get bytes(): number {
    return fstatSync(this.fd).size
  }

  /** The record of the present bytes; undefined if there is none, or it does not match them. */
  read(): SlotState | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(join(this.path, 'state.json'), 'utf8'))
      if (!isState(value)) return undefined
      // after a power failure, the state may be on disk without the bytes
      return value.completedAt === undefined || value.bytes === this.bytes ? value : undefined
    } catch {
      return undefined
    }
  }

  /** Empties the slot, then writes the record of the bytes to come. */
  begin(state: Omit<SlotState, 'completedAt' | 'bytes'>): void {
    this.follower?.giveUp()
    // ext4 regards a file truncated to 0 as being replaced, and writes it to disk at every close
    // (auto_da_alloc)
    if (this.bytes > 0) ftruncateSync(this.fd, 0)
    this.write(state)
  }

  /** Writes a chunk at `position`. Errors: FILE_UNREADABLE; those of the follower. */
  append(chunk: Buffer, position: number): void {
    let written = 0
    try {
      while (written < chunk.length)
        written += writeSync(this.fd, chunk, written, chunk.length - written, position + written)
    } catch (cause) {
      throw new RuntimeError('FILE_UNREADABLE', `${this.bodyPath}: cannot be written: ${messageOf(cause)}`, { cause })
    }
    this.follower?.grew(position + chunk.length)
  }

  /** Removes the record and then the bytes; the slot stays locked. */
  empty(): void {
    rmSync(join(this.path, 'state.json'), { force: true })
    ftruncateSync(this.fd, 0)
  }

  write(state: SlotState): void {
    const path = join(this.path, 'state.json')
    try {
      // a fixed draft name, because no other process writes here: a crash leaves at most one draft
      replaceFile(path, JSON.stringify(state), { mode: 0o600, draft: `${path}.new` })
    } catch (cause) {
      throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot be written: ${messageOf(cause)}`, { cause })
    }
  }

  /** Removes the slot and releases the lock. */
  remove(): void {
    if (this.#isHeld) rmSync(this.path, { recursive: true, force: true })
    this[Symbol.dispose]()
  }

  /** Releases the lock; the slot's content is kept. */
  [Symbol.dispose](): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.follower?.giveUp()
    closeSync(this.fd)
    this.#lock.release()
  }
}

function isState(value: unknown): value is SlotState {
  if (!isObject(value) || !isObject(value['validators'])) return false
  const { source, strong, coding, completedAt, bytes } = value
  const { etag, lastModified, maxAgeSeconds } = value['validators']
  return (
    typeof source === 'string' &&
    URL.canParse(source) &&
    [strong, coding, etag, lastModified].every((text) => text === undefined || typeof text === 'string') &&
    [completedAt, bytes, maxAgeSeconds].every((number) => number === undefined || typeof number === 'number')
  )
}
