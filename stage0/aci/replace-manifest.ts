import { RuntimeError } from '#schema/errors.js'
import { type EntryHeader, isAtTop, readHeader, readLongName, readPax, type HeaderOverrides } from './entry-header.js'
import { LAYOUT } from './layout.js'
import { LIMITS } from './limits.js'
import { PieceReader } from './piece-reader.js'
import { BLOCK, encodeHeader, padding } from './tar-header.js'

/**
 * Copies a tar with another manifest, and leaves every other byte unchanged. It keeps at most the
 * extended headers of one entry in memory. The archive must be one that native.inspectArchive has
 * accepted. Errors: ARCHIVE_INVALID where it is not.
 */
export async function* replaceManifest(tar: AsyncIterable<Buffer>, manifest: Buffer): AsyncGenerator<Buffer> {
  const reader = new PieceReader(tar)
  let isReplaced = false
  // the extended headers of an entry are copied or dropped together with the entry
  let pendingHeaders: Buffer[] = []
  let overrides: HeaderOverrides = {}
  for (;;) {
    const block = await reader.read(BLOCK)
    if (block.every((byte) => byte === 0)) {
      if (!isReplaced) throw invalid('it has no manifest')
      yield block
      yield* reader.rest()
      return
    }
    const header = readHeader(block)
    if (header.type === 'g' || header.type === 'x' || header.type === 'L' || header.type === 'K') {
      const body = await readExtended(reader, header)
      const content = body.subarray(0, header.size)
      if (header.type === 'g') {
        checkGlobal(content)
        yield block
        yield body
      } else {
        pendingHeaders.push(block, body)
        if (header.type !== 'K')
          overrides = { ...overrides, ...(header.type === 'x' ? readPax(content) : readLongName(content)) }
      }
      continue
    }
    const { path, size } = { ...header, ...overrides }
    if (!Number.isSafeInteger(size) || size < 0) throw invalid('an entry has no size')
    if (isAtTop(path, LAYOUT.manifest)) {
      isReplaced = true
      await reader.skip(size + padding(size))
      yield* manifestEntry(header, manifest)
    } else {
      yield* pendingHeaders
      yield block
      yield* reader.stream(size + padding(size))
    }
    pendingHeaders = []
    overrides = {}
  }
}

async function readExtended(reader: PieceReader, { size }: EntryHeader): Promise<Buffer> {
  if (!(size >= 0 && size <= LIMITS.manifestBytes)) throw invalid('an extended header is too long')
  return await reader.read(size + padding(size))
}

/** Refuses a global header with a path or size: it would also apply to the new manifest. */
function checkGlobal(content: Buffer): void {
  const { path, size } = readPax(content)
  if (path !== undefined || size !== undefined) throw invalid('a global header gives all entries one name or size')
}

const manifestEntry = ({ mode, uid, gid, mtime }: EntryHeader, manifest: Buffer): Buffer[] => [
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

const invalid = (problem: string): RuntimeError => new RuntimeError('ARCHIVE_INVALID', `archive: ${problem}`)
