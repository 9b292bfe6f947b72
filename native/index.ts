import { join } from 'node:path'
import { library } from './library.js'

// By dlopen, not by require: the bundler would put the addon into the executable, which writes it to a temporary file to load it.
const addon = { exports: {} }
process.dlopen(addon, join(library, 'appc.node'))

export { library }

/** The addon, typed. What each function does in the kernel is documented in native/addon/src. */
export const native = addon.exports as Native

/** Limits of one ingest; exceeding one is an error with code `ARCHIVE_LIMIT`, or as said there. */
export interface IngestLimits {
  /** Bytes of the uncompressed tar; more are `ARCHIVE_SIZE`. */
  readonly tarBytes: number
  /** Entries of the archive. */
  readonly entries: number
  /** Bytes of the `manifest` file. */
  readonly manifestBytes: number
  /** Uncompressed bytes per compressed byte, looked at once 64 MiB have come out. */
  readonly expansion: number
  /** Bytes that must stay free on the file system that is extracted to, looked at every 32 MiB; `ARCHIVE_ROOM`. */
  readonly freeBytes: number
  /** The same of inodes, looked at every 1024 entries. */
  readonly freeNodes: number
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
  /**
   * Absolute image paths (`/`: the rootfs itself) of directories that the archive leaves out though something stands beneath them, parents first.
   * They were made 0:0 0755. At most 4096; further ones, and those that are not UTF-8, count as if the archive had named them.
   */
  readonly impliedDirectories: readonly string[]
}

/** A tree for {@link Native.mergeTrees}, and its implied directories: they take the metadata of a lower tree's directory. */
export interface TreeLayer {
  readonly tree: string
  readonly impliedDirectories: readonly string[]
}

export interface Merged {
  /** Names made that are no directories. */
  readonly files: number
  /** Bytes of the regular files among them, every name counted. */
  readonly bytes: number
  /** Directories of the union that are implied in every tree that has them: what a {@link TreeLayer} of the union says. */
  readonly impliedDirectories: readonly string[]
}

/**
 * All functions throw (or reject with) an Error whose `code` is an errno name (`ENOENT`), `ARCHIVE_INVALID` or
 * `ARCHIVE_LIMIT`, and whose message names the path or archive entry.
 */
export interface Native {
  // archives (native/addon/src/archive.rs)

  /** 128 hex digits, of the text in UTF-8. For names of files, where loading node:crypto would cost more than all the rest. */
  sha512(text: string): string

  /**
   * The digest of `before`, the bytes of the file at `path`, and `after`, in a thread of its own. `algorithm`: sha224, sha256, sha384,
   * sha512, sha3-256 or sha3-512. `growth`: of a file that still comes.
   */
  fileDigest(path: string, algorithm: string, before: Uint8Array, after: Uint8Array, growth?: Growth): Promise<Buffer>

  /**
   * Reads an image archive from `fd` to its end in one pass: tells the compression by content, hashes the tar while it
   * extracts into the empty directory `staging`: `rootfs/`, `manifest`, and `record` (what rebuilds the identical tar).
   * Nothing is synced: call {@link syncFileSystem} before it is renamed into place. `onProgress` gets the compressed bytes read so far.
   * `growth`: of a file that still comes, which is then read from its beginning, wherever `fd` stands.
   */
  ingest(
    fd: number,
    staging: string,
    limits: IngestLimits,
    onProgress?: (bytes: number) => void,
    growth?: Growth,
  ): Promise<ArchiveFacts>
  /** The same reading and refusals as {@link ingest}, writing nothing. */
  inspectArchive(fd: number, limits: IngestLimits): Promise<ArchiveFacts>
  /** Writes the identical tar of the tree at `tree` (a directory filled by {@link ingest}) to `fd`; gives its image ID. */
  exportArchive(tree: string, fd: number): Promise<string>
  /**
   * Writes the uncompressed bytes of the archive that is open as `from`, from its beginning, to `to`, in a thread of its own. Nothing of
   * them is looked at. Both descriptors stay the caller's.
   */
  writePlain(from: number, to: number): Promise<void>
  /** A new pipe, both ends close-on-exec and the caller's to close. */
  openPipe(): [read: number, write: number]
  /**
   * Builds in the empty directory `target` the union of trees, lowest first: later ones over earlier ones (E3). A later non-directory
   * replaces whatever is there, a later directory replaces a non-directory; symlinks are never followed. A plain string is a tree
   * without implied directories. `keep`: absolute image paths; nothing else is left but the directories above them, so a
   * directory in it keeps only what is named too (E4, M15); null = all.
   *
   * `link`: hard links (trees on the same file system, else EXDEV), which change nothing of the trees but link counts. `copy`: reflinks where the file
   * system can, else copies. Owner, mode, times, attributes, devices and hard-link groups of one tree are kept either way.
   * Nothing is synced: call {@link syncFileSystem} before the union is renamed into place. What was made before an error stays there.
   */
  mergeTrees(
    layers: readonly (string | TreeLayer)[],
    target: string,
    how: 'link' | 'copy',
    keep: readonly string[] | null,
  ): Promise<Merged>
  /**
   * Compares a stored image (a directory filled by {@link ingest}) with its record, entry by entry. Empty = as it came.
   * `path`: an absolute image path, or `manifest` or `record`, escaped for messages. `problem`: one of `missing`, `added`, `type`, `size`, `content`,
   * `mode`, `owner`, `time`, `xattrs`, `target`, `device`, `hard link`, `id`, `damaged`, then for most of them `: ` and details. At most 10,000.
   */
  verifyTree(directory: string): Promise<readonly { readonly path: string; readonly problem: string }[]>
  /** Extended attributes of a path itself (symlinks not followed), sorted by name. */
  xattrs(path: string | Buffer): { name: string; value: Buffer }[]
  /** Copies owner, mode, times and extended attributes of one directory to another (an overlay's upper root needs its lower's). */
  copyMetadata(from: string, to: string): void
  /** Removes a tree, never following a symlink or leaving its file system, whatever another process does meanwhile. */
  removeTree(path: string): void

  // encrypted messages (native/addon/src/message.rs)

  /**
   * Decrypts the OpenPGP message that `from` holds from where it stands, encrypted with a passphrase (A6), into `to`, in a thread of its own. What `to`
   * holds counts only when this has resolved. `onProgress` gets the bytes of the message read so far. The errors' codes are
   * `MESSAGE_PASSPHRASE` (a wrong one), `MESSAGE_NO_PASSPHRASE` (it takes none), `MESSAGE_CIPHER` (not AES), `MESSAGE_BROKEN`,
   * `MESSAGE_SIZE` (it grows beyond `maxBytes`), or an errno name; their words fit behind the name of a file.
   */
  decryptMessage(
    from: number,
    to: number,
    passphrase: string,
    maxBytes: number,
    onProgress?: (bytes: number) => void,
  ): Promise<void>
  /**
   * The key of `length` bytes that a passphrase becomes by a string-to-key specifier (RFC 9580, 3.7.1), in a thread of its own. Errors: as of
   * {@link decryptMessage}.
   */
  deriveKey(specifier: Uint8Array, passphrase: string, length: number): Promise<Buffer>
  /** An OpenPGP message for who knows the passphrase, made piece by piece: AES-256, guarded by a digest (A6). */
  readonly SealedMessage: new (passphrase: string) => SealedMessage

  // files that are read while they grow (native/addon/src/growth.rs)

  readonly Growth: new () => Growth

  // overlays (native/addon/src/overlay.rs)

  /**
   * Makes an overlay of directories it puts into the empty directory `directory`, mounting it nowhere; why that does not work
   * on this file system, in words, or null. What it puts there stays.
   */
  overlayProblem(directory: string): string | null

  // this process (native/addon/src/process.rs)

  /** Gives the kernel back what starting took: free pieces of the heap, and the pages of the runtime's file, which are read again when used. */
  giveBack(): void

  /** Makes `text` what ps(1) shows of this process, in the place of its words: process.argv must have been read. */
  setTitle(text: string): void

  /** Ends this process at once (_exit(2)): the runtime would first take apart what the kernel frees anyway. */
  exit(status: number): never

  /**
   * Becomes another program (execve(2)) in this directory, with this environment and these standard streams, and no signal ignored.
   * `words` begins with its name. That of Bun (process.execve) closes every descriptor but the standard ones.
   */
  execute(program: string, words: readonly string[]): never

  // locks (native/addon/src/lock.rs)

  /** Opens a directory (or file) and takes its flock(2) without waiting; null when another holds it. Close-on-exec. */
  tryLock(path: string, mode: 'shared' | 'exclusive'): number | null
  /** Opens and waits for the lock in a worker thread; gives the descriptor. */
  waitLock(path: string, mode: 'shared' | 'exclusive'): Promise<number>
  /** Lets two paths change places at once (RENAME_EXCHANGE): there is no moment at which either is missing. */
  exchange(one: string, other: string): void
  /** Duplicates the descriptors to exactly `first` and the numbers after it, inherited across exec. */
  inheritFrom(first: number, fds: readonly number[]): void
  /** syncfs(2) of the file system that holds `path`, in a worker thread. */
  syncFileSystem(path: string): Promise<void>

  // networks (native/addon/src/network.rs)

  /** Makes a network namespace with its loopback device up; gives its descriptor, close-on-exec. In a thread of its own. */
  makeNetwork(): Promise<number>

  // terminals (native/addon/src/terminal.rs)

  /**
   * Listens at the socket `path` (made, private to the user; removed afterwards) and gives the descriptor that the first to
   * connect sends: the controlling side of a terminal, close-on-exec.
   */
  receiveTerminal(path: string): Promise<number>
  /** A new pseudo-terminal of the host, of the given size: what a terminal emulator opens. `path` is the side of the programs at it. */
  openTerminal(rows: number, columns: number): { fd: number; path: string }
  resizeTerminal(fd: number, rows: number, columns: number): void
  /** Columns of the terminal that `fd` is; null where it is none. For where loading node:tty would cost more than all the rest. */
  terminalColumns(fd: number): number | null

  // connections (native/addon/src/connection.rs)

  /**
   * Connects to the D-Bus server at the UNIX socket `path`. `received` gets the line of its greeting and whole messages, one or several
   * at once, and an empty piece when the connection is gone; until then it keeps the process alive. For where loading node:net would
   * cost more than all that is said.
   */
  connect(path: string, received: (piece: Buffer) => void): Connection

  // the streams of pods (native/addon/src/attachment.rs)

  /**
   * A connection for a pod that is to be started. `app`: the only app that is asked for, or empty. `theirs` is for the pod's init, which takes it from this
   * process.
   */
  openAttachment(app: string, output: boolean, input: boolean): { readonly ours: number; readonly theirs: number }
  /**
   * Passes on, in a thread of its own, what comes of the pod to stdout and stderr and, with `input`, stdin to the app, until the pod has ended. Gives
   * the words for what could not be written, or null; that nobody reads any more is no failure.
   */
  relayAttachment(ours: number, input: boolean, carriageReturns: boolean): Promise<string | null>
  /** Asks for no more: what was sent already still comes, then {@link relayAttachment} settles. */
  leaveAttachment(ours: number): void

  // seccomp (native/addon/src/seccomp.rs)

  /** Compiles a filter for this machine; the raw array of struct sock_filter. */
  compileSeccomp(filter: SeccompFilter): Buffer
}

/** Each function gives what is ready of the message. */
export interface SealedMessage {
  update(content: Uint8Array): Buffer
  finish(): Buffer
}

/** What is there of a file that still comes. Whoever reads it waits for the rest. */
export interface Growth {
  /** So many bytes are there, and stay as they are. */
  grew(bytes: number): void
  /** There will be no more. */
  whole(): void
  /** Nobody writes the rest: who waits for it fails with ECANCELED. Nothing happens to a file that is whole. */
  giveUp(): void
}

/** Reads as far as it is asked, so that what is not asked for yet takes no memory. */
export interface Connection {
  /** Writes all of it before it returns; fails after a minute in which the other side reads nothing. */
  write(bytes: Uint8Array): void
  /** From now on signals that hold one of `words` are received; before, none. */
  listen(words: readonly string[]): void
  close(): void
}

export interface SeccompFilter {
  /** What happens to calls that no rule names: `allow`, `kill`, or an errno number. */
  readonly otherwise: 'allow' | 'kill' | number
  readonly rules: readonly SeccompRule[]
  /** Whether the rules are also those of this machine's 32-bit ABI (i386, arm). A call of any other ABI kills the process. */
  readonly compat?: boolean
}

export interface SeccompRule {
  readonly calls: readonly string[]
  readonly action: 'allow' | 'kill' | number
  /** All must hold: argument `index` `compare` `value` (for `masked`, after `& mask`). */
  readonly when?: readonly { index: number; compare: 'eq' | 'ne' | 'masked'; value: number; mask?: number }[]
}
