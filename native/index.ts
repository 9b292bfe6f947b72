import { join } from 'node:path'
import { library } from './library.js'

// Loaded by dlopen, not by require: the bundler would embed the addon in the executable, which
// writes it to a temporary file to load it.
const addon = { exports: {} }
process.dlopen(addon, join(library, 'appc.node'))

export { library }

/**
 * The addon with its types. The documentation of each function's implementation is in
 * native/addon/src.
 */
export const native = addon.exports as Native

/**
 * Limits of one ingest. Errors: ARCHIVE_LIMIT where one is exceeded, or the code in the field's
 * comment.
 */
export interface IngestLimits {
  /** Maximum number of bytes of the uncompressed tar. Errors: ARCHIVE_SIZE where it is exceeded. */
  readonly tarBytes: number
  /** Maximum number of entries of the archive. */
  readonly entries: number
  /** Maximum number of bytes of the `manifest` file. */
  readonly manifestBytes: number
  /**
   * Maximum number of uncompressed bytes per compressed byte, checked after 64 MiB of uncompressed
   * bytes.
   */
  readonly expansion: number
  /**
   * Number of bytes that must stay free on the target file system, checked every 32 MiB. Errors:
   * ARCHIVE_ROOM where fewer are free.
   */
  readonly freeBytes: number
  /** Number of inodes that must stay free there, checked every 1024 entries. */
  readonly freeNodes: number
}

export interface ArchiveFacts {
  /** `sha512-` and 128 hex digits, of the uncompressed tar (A8). */
  readonly imageID: string
  /** The bytes of the file `manifest`. */
  readonly manifest: Buffer
  readonly compression: 'none' | 'gzip' | 'bzip2' | 'xz' | 'zstd'
  readonly tarBytes: number
  /** Number of bytes of all regular files. */
  readonly contentBytes: number
  readonly entries: number
  /**
   * Absolute image paths (`/`: the rootfs itself) of implied directories, parents first: the
   * archive has entries beneath them but none for them. They were created with 0:0 0755. At most
   * 4096; further ones, and those that are not UTF-8, count as if the archive had entries for them.
   */
  readonly impliedDirectories: readonly string[]
}

/**
 * A tree for {@link Native.mergeTrees}, and its implied directories, which take the metadata of a
 * lower tree's directory.
 */
export interface TreeLayer {
  readonly tree: string
  readonly impliedDirectories: readonly string[]
}

export interface Merged {
  /** Number of created names that are not directories. */
  readonly files: number
  /** Number of bytes of their regular files, counted once per name. */
  readonly bytes: number
  /**
   * Directories of the union that are implied in every tree that has them, for a {@link TreeLayer}
   * of the union.
   */
  readonly impliedDirectories: readonly string[]
}

/**
 * The functions of the addon. Errors of all functions, thrown or rejected: an Error whose `code` is
 * an errno name (`ENOENT`), `ARCHIVE_INVALID` or `ARCHIVE_LIMIT`, and whose message names the path
 * or archive entry.
 */
export interface Native {
  // archives (native/addon/src/archive.rs)

  /**
   * The SHA-512 of the UTF-8 text as 128 hex digits. For file names, where loading node:crypto
   * would take longer than all other work.
   */
  sha512(text: string): string

  /**
   * Computes the digest of `before`, the bytes of the file at `path`, and `after`, on a thread of
   * its own. `algorithm`: sha224, sha256, sha384, sha512, sha3-256 or sha3-512. `growth` is given
   * for a file that is still being written.
   */
  fileDigest(path: string, algorithm: string, before: Uint8Array, after: Uint8Array, growth?: Growth): Promise<Buffer>

  /**
   * Reads an image archive from `fd` to its end in one pass. Recognizes the compression by the
   * content, and hashes the tar while it extracts into the empty directory `staging`: `rootfs/`,
   * `manifest`, and `record` (from which the identical tar can be rebuilt). Syncs nothing: call
   * {@link syncFileSystem} before renaming it into place. `onProgress` gets the number of
   * compressed bytes read so far. `growth` is given for a file that is still being written, which
   * is then read from its beginning, whatever the offset of `fd`.
   */
  ingest(
    fd: number,
    staging: string,
    limits: IngestLimits,
    onProgress?: (bytes: number) => void,
    growth?: Growth,
  ): Promise<ArchiveFacts>
  /** Reads and checks an archive like {@link ingest}, but writes nothing. */
  inspectArchive(fd: number, limits: IngestLimits): Promise<ArchiveFacts>
  /**
   * Writes the identical tar of the tree at `tree` (a directory created by {@link ingest}) to `fd`;
   * returns its image ID.
   */
  exportArchive(tree: string, fd: number): Promise<string>
  /**
   * Writes the uncompressed bytes of the archive open as `from`, from its beginning, to `to`, on a
   * thread of its own, without checking them. The caller remains the owner of both descriptors.
   */
  writePlain(from: number, to: number): Promise<void>
  /** Opens a pipe; both ends are close-on-exec, and the caller must close them. */
  openPipe(): [read: number, write: number]
  /**
   * Builds the union of trees, lowest first, in the empty directory `target`: later trees over
   * earlier ones (E3). A later non-directory replaces what is at its path, a later directory
   * replaces a non-directory; symlinks are never followed. A plain string is a tree without implied
   * directories. `keep` is a list of absolute image paths: nothing else remains except the
   * directories above them, so a directory in the list keeps only those of its files that are in
   * the list too (E4, M15); null keeps all.
   *
   * `link` makes hard links (trees on the same file system, otherwise EXDEV), which change nothing
   * in the trees except link counts. `copy` makes reflinks where the file system supports them,
   * otherwise copies. Both keep owner, mode, times, attributes, devices and the hard links within
   * one tree. Syncs nothing: call {@link syncFileSystem} before renaming the union into place.
   * After an error a part of the union remains.
   */
  mergeTrees(
    layers: readonly (string | TreeLayer)[],
    target: string,
    how: 'link' | 'copy',
    keep: readonly string[] | null,
  ): Promise<Merged>
  /**
   * Compares a stored image (a directory created by {@link ingest}) with its record, entry by
   * entry. The list is empty if the image is unchanged. `path` is an absolute image path, or
   * `manifest` or `record`, escaped for messages. `problem` is one of `missing`, `added`, `type`,
   * `size`, `content`, `mode`, `owner`, `time`, `xattrs`, `target`, `device`, `hard link`, `id`,
   * `damaged`, followed by `: ` and details for most of them. At most 10,000.
   */
  verifyTree(directory: string): Promise<readonly { readonly path: string; readonly problem: string }[]>
  /** The extended attributes of a path, without following a symlink, sorted by name. */
  xattrs(path: string | Buffer): { name: string; value: Buffer }[]
  /**
   * Copies owner, mode, times and extended attributes of one directory to another (an overlay's
   * upper root needs those of its lower root).
   */
  copyMetadata(from: string, to: string): void
  /**
   * Removes a tree, without following symlinks or leaving its file system, no matter what another
   * process does meanwhile.
   */
  removeTree(path: string): void

  // encrypted messages (native/addon/src/message.rs)

  /**
   * Decrypts the OpenPGP message in `from`, from its current offset, encrypted with a passphrase
   * (A6), into `to`, on a thread of its own. The content of `to` is valid only after this has
   * resolved. `onProgress` gets the number of bytes of the message read so far. Their messages fit
   * after a file name. Errors: MESSAGE_PASSPHRASE where the passphrase is wrong;
   * MESSAGE_NO_PASSPHRASE where the message uses none; MESSAGE_CIPHER where the cipher is not AES;
   * MESSAGE_BROKEN; MESSAGE_SIZE where the content exceeds `maxBytes`; or an errno name.
   */
  decryptMessage(
    from: number,
    to: number,
    passphrase: string,
    maxBytes: number,
    onProgress?: (bytes: number) => void,
  ): Promise<void>
  /**
   * Derives the key of `length` bytes from a passphrase with a string-to-key specifier (RFC 9580,
   * 3.7.1), on a thread of its own. Errors: those of {@link decryptMessage}.
   */
  deriveKey(specifier: Uint8Array, passphrase: string, length: number): Promise<Buffer>
  /**
   * An OpenPGP message for a passphrase, encrypted part by part: AES-256, authenticated by a digest
   * (A6).
   */
  readonly SealedMessage: new (passphrase: string) => SealedMessage

  // files that are read while they grow (native/addon/src/growth.rs)

  readonly Growth: new () => Growth

  // overlays (native/addon/src/overlay.rs)

  /**
   * Tests whether overlays work: creates an overlay of new directories in the empty directory
   * `directory`, without mounting it. Returns the reason as text if overlays do not work on this
   * file system, otherwise null. The new directories remain.
   */
  overlayProblem(directory: string): string | null

  // this process (native/addon/src/process.rs)

  /**
   * Releases memory that only starting needed: free heap memory, and the pages of the runtime's
   * file, which are read again when they are used.
   */
  giveBack(): void

  /**
   * Sets the title that ps(1) shows for this process to `text`. It overwrites the command line, so
   * process.argv must have been read before.
   */
  setTitle(text: string): void

  /**
   * Makes a file in memory with this content; gives its descriptor, close-on-exec, at the file's
   * beginning, which the caller must close.
   */
  memoryFile(content: string): number

  /**
   * Ends this process at once (_exit(2)): the runtime would first free what the kernel frees
   * anyway.
   */
  exit(status: number): never

  /**
   * Executes another program in place of this process (execve(2)), in this directory, with this
   * environment and these standard streams, and no signal ignored. `words` begins with its name.
   * Bun's own function (process.execve) closes every descriptor except the standard ones.
   */
  execute(program: string, words: readonly string[]): never

  // locks (native/addon/src/lock.rs)

  /**
   * Opens a directory (or file) and acquires its flock(2) without waiting; null if another process
   * holds it. Close-on-exec.
   */
  tryLock(path: string, mode: 'shared' | 'exclusive'): number | null
  /**
   * Opens a directory (or file) and waits for the lock on a thread of its own; returns the
   * descriptor.
   */
  waitLock(path: string, mode: 'shared' | 'exclusive'): Promise<number>
  /** Exchanges two paths atomically (RENAME_EXCHANGE): neither is missing at any moment. */
  exchange(one: string, other: string): void
  /** Duplicates the descriptors to the numbers from `first` upwards, inherited across exec. */
  inheritFrom(first: number, fds: readonly number[]): void
  /** Writes the file system that contains `path` to disk, syncfs(2), on a thread of its own. */
  syncFileSystem(path: string): Promise<void>

  // networks (native/addon/src/network.rs)

  /**
   * Creates a network namespace with its loopback device up, on a thread of its own; returns its
   * descriptor, close-on-exec.
   */
  makeNetwork(): Promise<number>
  /**
   * Reserves a free TCP port of 127.0.0.1 in the network namespace of this process: the kernel
   * assigns it to nobody else while `fd` (close-on-exec) is open. Another socket with SO_REUSEADDR
   * can listen at the port meanwhile.
   */
  reservePort(): { readonly fd: number; readonly port: number }
  /**
   * Binds a socket for a moment to each of `count` ports of the host from `first` on, at the
   * address, or at all addresses of IPv4 and IPv6. Errors: EADDRINUSE where a socket listens there,
   * and at times where one is only bound or connected; EADDRNOTAVAIL and EAFNOSUPPORT where the
   * host does not have the address.
   */
  probePorts(protocol: 'tcp' | 'udp', address: string | undefined, first: number, count: number): void

  // terminals (native/addon/src/terminal.rs)

  /**
   * Listens at the socket `path` and returns the descriptor that the first client sends: the
   * controlling side of a terminal, close-on-exec. The socket is created, private to the user, and
   * removed afterwards.
   */
  receiveTerminal(path: string): Promise<number>
  /**
   * Opens a new pseudo-terminal of the host with this size, like a terminal emulator. `path` is the
   * side for the terminal's programs.
   */
  openTerminal(rows: number, columns: number): { fd: number; path: string }
  resizeTerminal(fd: number, rows: number, columns: number): void
  /**
   * The number of columns of the terminal `fd`; null if it is no terminal. For callers where
   * loading node:tty would take longer than all other work.
   */
  terminalColumns(fd: number): number | null

  // connections (native/addon/src/connection.rs)

  /**
   * Connects to the D-Bus server at the UNIX socket `path`. `received` gets the greeting line and
   * complete messages, one or more per call, and an empty piece when the connection has ended;
   * until then the connection keeps the process alive. For callers where loading node:net would
   * take longer than the whole conversation.
   */
  connect(path: string, received: (piece: Buffer) => void): Connection

  // the streams of pods (native/addon/src/attachment.rs)

  /**
   * Creates a connection for a pod that is about to start. `app` is the only app whose streams are
   * requested; empty: all apps. `theirs` is for the pod's init, which duplicates it from this
   * process.
   */
  openAttachment(app: string, output: boolean, input: boolean): { readonly ours: number; readonly theirs: number }
  /**
   * Relays, on a thread of its own, what comes from the pod to stdout and stderr and, if `input`,
   * stdin to the app, until the pod has ended. Returns the text about output that could not be
   * written, otherwise null. It is no error if the output's reader has closed it.
   */
  relayAttachment(ours: number, input: boolean, carriageReturns: boolean): Promise<string | null>
  /**
   * Ends a connection: what was sent already still arrives, then {@link relayAttachment} settles.
   */
  leaveAttachment(ours: number): void

  // seccomp (native/addon/src/seccomp.rs)

  /** Compiles a filter for this machine; returns the raw array of struct sock_filter. */
  compileSeccomp(filter: SeccompFilter): Buffer
}

/** A message in progress. Each function returns the bytes of the message that are ready. */
export interface SealedMessage {
  update(content: Uint8Array): Buffer
  finish(): Buffer
}

/** The number of bytes in a file that is still being written. Readers wait for the rest. */
export interface Growth {
  /** Reports the number of bytes that are written and will not change. */
  grew(bytes: number): void
  /** Reports that the file is complete. */
  whole(): void
  /**
   * Reports that the rest will not be written: waiting readers fail with ECANCELED. Has no effect
   * on a complete file.
   */
  giveUp(): void
}

/** A connection that reads only as much as is requested, so that later input takes no memory. */
export interface Connection {
  /** Writes all bytes before it returns; fails after a minute in which the server reads nothing. */
  write(bytes: Uint8Array): void
  /** From now on signals that contain one of `words` are received; before, none are. */
  listen(words: readonly string[]): void
  close(): void
}

export interface SeccompFilter {
  /** The action for calls that no rule names: `allow`, `kill`, or an errno number. */
  readonly otherwise: 'allow' | 'kill' | number
  readonly rules: readonly SeccompRule[]
  /**
   * Whether the rules apply to this machine's 32-bit ABI (i386, arm) too. A call of any other ABI
   * kills the process.
   */
  readonly compat?: boolean
}

export interface SeccompRule {
  readonly calls: readonly string[]
  readonly action: 'allow' | 'kill' | number
  /**
   * Conditions that must all be true: argument `index` `compare` `value` (for `masked`, after `&
   * mask`).
   */
  readonly when?: readonly { index: number; compare: 'eq' | 'ne' | 'masked'; value: number; mask?: number }[]
}
