import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from 'node:fs'

/** One file of the rootfs of a layout, as the archive will contain it. */
export interface LayoutFile {
  /** The path of the file, as bytes: a Linux file name need not be valid text. */
  readonly path: Buffer
  /** The name in the archive: `rootfs/…`, without a slash at the end. */
  readonly name: Buffer
  readonly stat: BigIntStats
  readonly type: FileType
  /** The target of a symlink, or the archive name of the first entry of a hard link. */
  readonly target?: Buffer
}

export type FileType = 'File' | 'Link' | 'SymbolicLink' | 'CharacterDevice' | 'BlockDevice' | 'Directory' | 'FIFO'

const SLASH = Buffer.from('/')

/**
 * All files at and below `path`: parents first and names in byte order, so that the same tree gives
 * the same archive. It skips sockets, which mean nothing without their process.
 */
export function* walk(path: Buffer, name: Buffer, firstNames = new Map<string, Buffer>()): Generator<LayoutFile> {
  const stat = lstatSync(path, { bigint: true })
  const type = typeOf(stat)
  if (type === undefined) return
  if (type === 'SymbolicLink') {
    yield { path, name, stat, type, target: readlinkSync(path, { encoding: 'buffer' }) }
    return
  }
  if (type !== 'Directory') {
    yield hardLink(firstNames, path, name, stat) ?? { path, name, stat, type }
    return
  }
  yield { path, name, stat, type }
  for (const child of readdirSync(path, { encoding: 'buffer' }).sort((a, b) => a.compare(b))) {
    yield* walk(Buffer.concat([path, SLASH, child]), Buffer.concat([name, SLASH, child]), firstNames)
  }
}

/** A hard link to an earlier entry; undefined for the first name of a file, which it records. */
function hardLink(
  firstNames: Map<string, Buffer>,
  path: Buffer,
  name: Buffer,
  stat: BigIntStats,
): LayoutFile | undefined {
  if (stat.nlink < 2n) return undefined
  const key = `${stat.dev}:${stat.ino}`
  const target = firstNames.get(key)
  if (target !== undefined) return { path, name, stat, type: 'Link', target }
  firstNames.set(key, name)
  return undefined
}

function typeOf(stat: BigIntStats): FileType | undefined {
  if (stat.isFile()) return 'File'
  if (stat.isDirectory()) return 'Directory'
  if (stat.isSymbolicLink()) return 'SymbolicLink'
  if (stat.isCharacterDevice()) return 'CharacterDevice'
  if (stat.isBlockDevice()) return 'BlockDevice'
  return stat.isFIFO() ? 'FIFO' : undefined
}
