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
import type { Followed } from './follower.js'
import type { Validators } from './validators.js'

/** What is known of the bytes in a slot; written before the first of them. */
export interface SlotState {
  /** Where they came from, after redirects, without the query. */
  readonly source: string
  readonly validators: Validators
  /** What If-Range may ask for; absent where the file cannot be resumed. */
  readonly strong?: string
  /** How the server packed them, though it was not asked to. */
  readonly coding?: string
  /** When the last of them came, milliseconds since 1970; absent while some are missing. */
  readonly completedAt?: number
  /** How many they are; there with `completedAt`. */
  readonly bytes?: number
}

/** The place of one URL below `downloads/`, held by its lock. A process that dies leaves it to the next one. */
export class Slot implements Disposable {
  readonly path: string
  /** The file `body`, open for reading and writing; its offset stays 0. */
  readonly fd: number
  /** Somebody else held the lock when it was first asked for. */
  readonly waited: boolean
  /** Is told what becomes of the bytes. */
  follower?: Followed
  readonly #lock: Lock
  #held = true

  private constructor(path: string, lock: Lock, fd: number, waited: boolean) {
    this.path = path
    this.#lock = lock
    this.fd = fd
    this.waited = waited
  }

  /** Waits until nobody else downloads `url`. Errors: FILE_UNREADABLE. */
  static async take(dir: DataDir, url: URL): Promise<Slot> {
    const path = join(dir.downloads, native.sha512(url.href))
    try {
      return await Slot.#take(path)
    } catch (cause) {
      throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot be written: ${messageOf(cause)}`, { cause })
    }
  }

  static async #take(path: string): Promise<Slot> {
    let waited = false
    for (;;) {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      try {
        let lock = lockNow(path, 'exclusive')
        if (lock === 'held') {
          waited = true
          lock = await lockWhenFree(path, 'exclusive')
        }
        // else whoever held it has removed it
        if (typeof lock !== 'string') return Slot.#open(path, lock, waited)
      } catch (error) {
        // a hand has removed it
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

  /** What is known of the bytes present; undefined where that is nothing of use. */
  read(): SlotState | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(join(this.path, 'state.json'), 'utf8'))
      if (!isState(value)) return undefined
      // a power cut may leave the state and not the bytes
      return value.completedAt === undefined || value.bytes === this.bytes ? value : undefined
    } catch {
      return undefined
    }
  }

  /** Begins anew: no bytes, then what is known of those to come. */
  begin(state: Omit<SlotState, 'completedAt' | 'bytes'>): void {
    this.follower?.giveUp()
    // ext4 takes a file truncated to nothing for one being replaced, and writes it to disk whenever it is closed (auto_da_alloc)
    if (this.bytes > 0) ftruncateSync(this.fd, 0)
    this.write(state)
  }

  /** Writes the bytes that come at `position`. Errors: FILE_UNREADABLE, and what the follower has failed with. */
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

  /** Gives up the bytes, and first what is known of them; the slot stays held. */
  empty(): void {
    rmSync(join(this.path, 'state.json'), { force: true })
    ftruncateSync(this.fd, 0)
  }

  write(state: SlotState): void {
    const path = join(this.path, 'state.json')
    try {
      // nobody else writes here, so that a crash leaves one draft at most
      replaceFile(path, JSON.stringify(state), { mode: 0o600, draft: `${path}.new` })
    } catch (cause) {
      throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot be written: ${messageOf(cause)}`, { cause })
    }
  }

  /** Removes the slot and lets it go. */
  remove(): void {
    if (this.#held) rmSync(this.path, { recursive: true, force: true })
    this[Symbol.dispose]()
  }

  /** Lets the slot go; what is in it stays. */
  [Symbol.dispose](): void {
    if (!this.#held) return
    this.#held = false
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
