import { closeSync, existsSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { plainReason } from './reason.js'

/** What a word on the command line of `fetch` and `run` means. */
export type ImageArgument =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stored'; readonly reference: string }

/**
 * `-` is stdin; a path is what begins with `/`, `./` or `../`, ends with `.aci`, or is there; anything else is an image ID
 * or a name.
 */
export function parseArgument(word: string): ImageArgument {
  if (word === '-') return { kind: 'stdin' }
  if (/^\.{0,2}\//.test(word) || word.endsWith('.aci')) return { kind: 'file', path: word }
  if (!word.startsWith('sha512-') && existsSync(word)) return { kind: 'file', path: word }
  return { kind: 'stored', reference: word }
}

/** An image archive open for reading. */
export interface OpenArchive extends Disposable {
  readonly fd: number
  /** What messages call it. */
  readonly subject: string
  /** Absolute; absent for stdin. */
  readonly path?: string
}

/** Opens what {@link parseArgument} found. Errors: FILE_UNREADABLE. */
export function openArchive(argument: ImageArgument & { kind: 'stdin' | 'file' }): OpenArchive {
  if (argument.kind === 'stdin') return { fd: 0, subject: 'stdin', [Symbol.dispose]: () => undefined }
  const { path } = argument
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { cause })
  }
  return { fd, subject: path, path: resolve(path), [Symbol.dispose]: () => closeSync(fd) }
}
