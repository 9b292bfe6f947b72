import { spawnSync } from 'node:child_process'
import { gzipSync, zstdCompressSync } from 'node:zlib'

/** Compresses; returns undefined if this host does not have the program. */
export type Packer = (bytes: Buffer) => Buffer | undefined

export const gzip = (bytes: Buffer): Buffer => gzipSync(bytes)
export const zstd = (bytes: Buffer): Buffer => zstdCompressSync(bytes)

/** Runs a filter of the host on `bytes`. */
const filter =
  (program: string): Packer =>
  (input) => {
    const { error, stdout } = spawnSync(program, ['-c'], { input, maxBuffer: 2 ** 30 })
    return error === undefined ? stdout : undefined
  }

export const bzip2 = filter('bzip2')
export const xz = filter('xz')
