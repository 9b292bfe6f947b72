import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from 'node:fs'

/** One file of a layout's rootfs as it will be in the archive. */
export interface LayoutFile {
  /** Where it is; bytes, because a Linux file name need not be text. */
  readonly path: Buffer
  /** What the archive calls it: `rootfs/…`, without a slash at the end. */
  readonly name: Buffer
  readonly stat: BigIntStats
  readonly type: FileType
  /** What a symlink says, or the archive's name of the file this is another name of. */
  readonly target?: Buffer
}

export type FileType = 'File' | 'Link' | 'SymbolicLink' | 'CharacterDevice' | 'BlockDevice' | 'Directory' | 'FIFO'

const SLASH = Buffer.from('/')

/**
 * Everything at and below `path`, parents first and names in byte order, so that the same tree gives the same archive.
 * Sockets are left out: they mean nothing without the process behind them.
 */
export function* walk(path: Buffer, name: Buffer, seen = new Map<string, Buffer>()): Generator<LayoutFile> {
  const stat = lstatSync(path, { bigint: true })
  const type = typeOf(stat)
  if (type === undefined) return
  if (type === 'SymbolicLink') {
    yield { path, name, stat, type, target: readlinkSync(path, { encoding: 'buffer' }) }
    return
  }
  if (type !== 'Directory') {
    yield hardLink(seen, path, name, stat) ?? { path, name, stat, type }
    return
  }
  yield { path, name, stat, type }
  for (const child of readdirSync(path, { encoding: 'buffer' }).sort((a, b) => a.compare(b))) {
    yield* walk(Buffer.concat([path, SLASH, child]), Buffer.concat([name, SLASH, child]), seen)
  }
}

/** The file as another name of one that came before; remembers it otherwise. */
function hardLink(seen: Map<string, Buffer>, path: Buffer, name: Buffer, stat: BigIntStats): LayoutFile | undefined {
  if (stat.nlink < 2n) return undefined
  const key = `${stat.dev}:${stat.ino}`
  const target = seen.get(key)
  if (target !== undefined) return { path, name, stat, type: 'Link', target }
  seen.set(key, name)
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
