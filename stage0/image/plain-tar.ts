import { spawn } from 'node:child_process'
import { createReadStream, readSync } from 'node:fs'
import { finished, pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'

/** How compressed archives begin, and what reads them (A5): this process, or a program of the host. */
const FORMATS: readonly { readonly magic: Buffer; readonly reader: 'gzip' | 'zstd' | 'bzip2' | 'xz' }[] = [
  { magic: Buffer.from('1f8b', 'hex'), reader: 'gzip' },
  { magic: Buffer.from('28b52ffd', 'hex'), reader: 'zstd' },
  { magic: Buffer.from('BZh'), reader: 'bzip2' },
  { magic: Buffer.from('fd377a585a00', 'hex'), reader: 'xz' },
]

/**
 * The uncompressed bytes of an archive that is open as `fd`, from its beginning; the descriptor stays open. Errors while
 * reading: ARCHIVE_INVALID, HOST_UNSUPPORTED where the program that decompresses it is missing.
 */
export function plainTar(fd: number, subject: string): AsyncIterable<Buffer> {
  const head = Buffer.alloc(8)
  readSync(fd, head, 0, head.length, 0)
  const reader = FORMATS.find(({ magic }) => head.subarray(0, magic.length).equals(magic))?.reader
  const file = createReadStream('', { fd, start: 0, autoClose: false, highWaterMark: 2 ** 18 })
  if (reader === undefined) return file as AsyncIterable<Buffer>
  if (reader === 'gzip' || reader === 'zstd') {
    const decompress = reader === 'gzip' ? createGunzip() : createZstdDecompress()
    pipeline(file, decompress, () => undefined)
    return known(decompress, subject)
  }
  return program(reader, file, subject)
}

async function* known(stream: Readable, subject: string): AsyncGenerator<Buffer> {
  try {
    yield* stream as AsyncIterable<Buffer>
  } catch (cause) {
    throw new RuntimeError('ARCHIVE_INVALID', `${subject}: ${messageOf(cause)}`, { cause })
  }
}

async function* program(name: string, file: Readable, subject: string): AsyncGenerator<Buffer> {
  const child = spawn(name, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const end = new Promise<unknown>((resolve) => {
    child.once('error', resolve)
    child.once('close', (code) => resolve(code === 0 ? undefined : new Error(`${name} could not read it`)))
  })
  pipeline(file, child.stdin, () => undefined)
  finished(child.stdout, () => undefined)
  try {
    yield* child.stdout as AsyncIterable<Buffer>
  } finally {
    child.kill()
  }
  const cause = await end
  if (isErrno(cause, 'ENOENT')) {
    const message = `${subject}: the program ${name}, which decompresses it, is not installed`
    throw new RuntimeError('HOST_UNSUPPORTED', message, { hint: `install ${name}` })
  }
  if (cause !== undefined) throw new RuntimeError('ARCHIVE_INVALID', `${subject}: ${messageOf(cause)}`, { cause })
}
