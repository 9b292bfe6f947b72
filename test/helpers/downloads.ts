import { createHash } from 'node:crypto'
import { readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createDataDir, dataDir, type DataDir } from '../../stage0/data-dir.js'
import type { Downloaded, DownloadedFile } from '../../stage0/download/download.js'
import { temporaryDirectory } from './data-dir.js'
import type { Handler } from './web-server.js'

/** An empty data directory, removed after the test. */
export function emptyDataDir(t: TestContext): DataDir {
  const dir = dataDir(join(temporaryDirectory(t), 'data'))
  createDataDir(dir)
  return dir
}

/** Bytes without repetitions, so that a wrong offset is detected. */
export function content(length: number, seed = 'appc'): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed} ${index}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, length)
}

/** The file of a download. */
export function fileOf(downloaded: Downloaded): DownloadedFile {
  if (downloaded.kind !== 'file') throw new Error(`a file was expected, not ${downloaded.kind}`)
  return downloaded
}

/** Reads a file's descriptor from its current offset to the end. */
export function readAll({ fd, path }: DownloadedFile): Buffer {
  const size = readFileSync(path).length
  const bytes = Buffer.alloc(size + 1)
  return bytes.subarray(0, readSync(fd, bytes, 0, size + 1, null))
}

/** The path of the slot of a URL. */
export const slotOf = (dir: DataDir, url: URL): string =>
  join(dir.downloads, createHash('sha512').update(url.href).digest('hex'))

/** Announces the length of `bytes`, sends the first `sent`, and breaks the connection. */
export const brokenAfter =
  (bytes: Buffer, sent: number, headers: Readonly<Record<string, string>>): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers })
    response.write(bytes.subarray(0, sent), () => response.socket?.destroySoon())
  }

/** One handler per request, in order; the last one for all further requests. */
export function inTurn(...handlers: readonly Handler[]): Handler {
  let turn = 0
  return (request, response) => handlers[Math.min(turn++, handlers.length - 1)]?.(request, response)
}
