import { createRequire } from 'node:module'

/** The addon, typed. What each function does in the kernel is documented in native/addon/src. */
export const native = createRequire(import.meta.url)('./appc.node') as Native

/** Limits of one ingest; exceeding one is an error with code `ARCHIVE_LIMIT`. */
export interface IngestLimits {
  /** Bytes of the uncompressed tar. */
  readonly tarBytes: number
  /** Entries of the archive. */
  readonly entries: number
  /** Bytes of the `manifest` file. */
  readonly manifestBytes: number
  /** Uncompressed bytes per compressed byte, looked at once 64 MiB have come out. */
  readonly expansion: number
}

export interface ArchiveFacts {
  /** `sha512-` + 128 hex digits, of the uncompressed tar (A8). */
  readonly imageID: string
  /** Bytes of the file `manifest`. */
  readonly manifest: Buffer
  readonly compression: 'none' | 'gzip' | 'bzip2' | 'xz' | 'zstd'
  readonly tarBytes: number
  /** Bytes of all regular files. */
  readonly contentBytes: number
  readonly entries: number
}

/**
 * All functions throw (or reject with) an Error whose `code` is an errno name (`ENOENT`), `ARCHIVE_INVALID` or
 * `ARCHIVE_LIMIT`, and whose message names the path or archive entry.
 */
export interface Native {
  // archives (native/addon/src/archive.rs)

  /**
   * Reads an image archive from `fd` to its end in one pass: tells the compression by content, hashes the tar while it
   * extracts into the empty directory `staging`: `rootfs/`, `manifest`, and `record` (what rebuilds the identical tar).
   * Everything is on disk (syncfs) when the promise resolves. `onProgress` gets the compressed bytes read so far.
   */
  ingest(fd: number, staging: string, limits: IngestLimits, onProgress?: (bytes: number) => void): Promise<ArchiveFacts>
  /** The same reading and refusals as {@link ingest}, writing nothing. */
  inspectArchive(fd: number, limits: IngestLimits): Promise<ArchiveFacts>
  /** Writes the identical tar of the tree at `tree` (a directory filled by {@link ingest}) to `fd`; gives its image ID. */
  exportArchive(tree: string, fd: number): Promise<string>
  /** Extended attributes of a path itself (symlinks not followed), sorted by name. */
  xattrs(path: string | Buffer): { name: string; value: Buffer }[]
  /** Copies owner, mode, times and extended attributes of one directory to another (an overlay's upper root needs its lower's). */
  copyMetadata(from: string, to: string): void
  /** Removes a tree, never following a symlink or leaving its file system, whatever another process does meanwhile. */
  removeTree(path: string): void

  // locks (native/addon/src/lock.rs)

  /** Opens a directory (or file) and takes its flock(2) without waiting; null when another holds it. Close-on-exec. */
  tryLock(path: string, mode: 'shared' | 'exclusive'): number | null
  /** Opens and waits for the lock in a worker thread; gives the descriptor. */
  waitLock(path: string, mode: 'shared' | 'exclusive'): Promise<number>
  /** Duplicates `fd` to exactly `target`, inherited across exec. */
  inheritAs(fd: number, target: number): void
  /** syncfs(2) of the file system that holds `path`. */
  syncFileSystem(path: string): void

  // terminals (native/addon/src/terminal.rs)

  /** A new pseudo-terminal of the given size; `path` is the app's side. */
  openTerminal(rows: number, columns: number): { fd: number; path: string }
  resizeTerminal(fd: number, rows: number, columns: number): void

  // seccomp (native/addon/src/seccomp.rs)

  /** Compiles a filter for this machine and its compat architectures; the raw array of struct sock_filter. */
  compileSeccomp(filter: SeccompFilter): Buffer
}

export interface SeccompFilter {
  /** What happens to calls that no rule names: `allow`, `kill`, or an errno number. */
  readonly otherwise: 'allow' | 'kill' | number
  readonly rules: readonly SeccompRule[]
}

export interface SeccompRule {
  readonly calls: readonly string[]
  readonly action: 'allow' | 'kill' | number
  /** All must hold: argument `index` `compare` `value` (for `masked`, after `& mask`). */
  readonly when?: readonly { index: number; compare: 'eq' | 'ne' | 'masked'; value: number; mask?: number }[]
}
