import { RuntimeError } from '#schema/errors.js'
import { type EntryHeader, isAtTop, readHeader, readLongName, readPax, type Said } from './entry-header.js'
import { LAYOUT } from './layout.js'
import { LIMITS } from './limits.js'
import { PieceReader } from './piece-reader.js'
import { BLOCK, encodeHeader, padding } from './tar-header.js'

/**
 * The same tar with another manifest; every other byte stays as it is, and no more than one extended header is held. The archive must
 * be one that native.inspectArchive has accepted. Errors: ARCHIVE_INVALID where it is none.
 */
export async function* replaceManifest(tar: AsyncIterable<Buffer>, manifest: Buffer): AsyncGenerator<Buffer> {
  const reader = new PieceReader(tar)
  let replaced = false
  // an entry's extended headers wait for it: they go where it goes
  let waiting: Buffer[] = []
  let said: Said = {}
  for (;;) {
    const block = await reader.take(BLOCK)
    if (block.every((byte) => byte === 0)) {
      if (!replaced) throw invalid('it has no manifest')
      yield block
      yield* reader.rest()
      return
    }
    const header = readHeader(block)
    if (header.type === 'g' || header.type === 'x' || header.type === 'L' || header.type === 'K') {
      const body = await extended(reader, header)
      const content = body.subarray(0, header.size)
      if (header.type === 'g') {
        checkGlobal(content)
        yield block
        yield body
      } else {
        waiting.push(block, body)
        if (header.type !== 'K') said = { ...said, ...(header.type === 'x' ? readPax(content) : readLongName(content)) }
      }
      continue
    }
    const { path, size } = { ...header, ...said }
    if (!Number.isSafeInteger(size) || size < 0) throw invalid('an entry has no size')
    if (isAtTop(path, LAYOUT.manifest)) {
      replaced = true
      await reader.drop(size + padding(size))
      yield* entry(header, manifest)
    } else {
      yield* waiting
      yield block
      yield* reader.pass(size + padding(size))
    }
    waiting = []
    said = {}
  }
}

async function extended(reader: PieceReader, { size }: EntryHeader): Promise<Buffer> {
  if (!(size >= 0 && size <= LIMITS.manifestBytes)) throw invalid('an extended header is too long')
  return await reader.take(size + padding(size))
}

/** A header for all entries would be one for the new manifest, too. */
function checkGlobal(content: Buffer): void {
  const { path, size } = readPax(content)
  if (path !== undefined || size !== undefined) throw invalid('a global header gives all entries one name or size')
}

const entry = ({ mode, uid, gid, mtime }: EntryHeader, manifest: Buffer): Buffer[] => [
  encodeHeader({
    name: Buffer.from(LAYOUT.manifest),
    type: 'File',
    mode: mode & 0o7777,
    uid,
    gid,
    size: manifest.length,
    mtime: BigInt(mtime) * 1_000_000_000n,
    xattrs: [],
  }),
  manifest,
  Buffer.alloc(padding(manifest.length)),
]

const invalid = (what: string): RuntimeError => new RuntimeError('ARCHIVE_INVALID', `archive: ${what}`)
