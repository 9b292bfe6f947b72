/** One row of {@link CODES}. */
export interface Failure {
  readonly exit: number
  /** A short description of the failure. */
  readonly doc: string
  readonly next?: string
}

/**
 * The stable codes of all failures of appc. A code is API: scripts and tests may rely on it. `exit`
 * is the process's exit status (254: a failure of appc; 2: a usage error; 124: a wait that timed
 * out; all others are the app's own). `next` is the command that helps in general; an error's own
 * hint is more specific. scripts/docs generates docs/errors.md from this table.
 */
export const CODES = {
  USAGE: { exit: 2, doc: 'the command line is wrong', next: 'appc COMMAND --help' },
  NOT_ROOT: { exit: 254, doc: 'the command needs root', next: 'sudo appc COMMAND' },
  MANIFEST_INVALID: { exit: 254, doc: 'a manifest breaks the specification', next: 'appc validate FILE' },
  ARCHIVE_INVALID: { exit: 254, doc: 'an image archive is broken, hostile, or not an image' },
  ARCHIVE_LIMIT: { exit: 254, doc: 'an image archive exceeds a limit', next: 'appc fetch --max-image-size=SIZE IMAGE' },
  IMAGE_NOT_FOUND: { exit: 254, doc: 'no stored image has that ID or name', next: 'appc image list' },
  IMAGE_AMBIGUOUS: { exit: 254, doc: 'more than one stored image fits', next: 'appc image list' },
  IMAGE_IN_USE: { exit: 254, doc: 'a pod needs the image', next: 'appc stop UUID && appc rm UUID' },
  IMAGE_DAMAGED: { exit: 254, doc: 'a stored image is not what its ID says', next: 'appc image verify --all' },
  IMAGE_MISMATCH: {
    exit: 254,
    doc: 'an image is not the one that was asked for: other name, labels, ID or size',
  },
  DEPENDENCY_CYCLE: { exit: 254, doc: 'an image depends on itself', next: 'appc image cat-manifest IMAGE' },
  DISCOVERY_FAILED: { exit: 254, doc: 'no place was found that has the image', next: 'appc discover NAME' },
  DOWNLOAD_FAILED: { exit: 254, doc: 'a server did not give what was asked for' },
  DOWNLOAD_LIMIT: { exit: 254, doc: 'a server gave more, or took longer, than allowed' },
  INSECURE_URL: { exit: 254, doc: 'a URL would be used without the protection asked for' },
  SIGNATURE_MISSING: {
    exit: 254,
    doc: 'an image that needs a signature has none',
    next: 'appc fetch --signature=FILE.asc FILE.aci',
  },
  SIGNATURE_INVALID: { exit: 254, doc: 'a signature is broken, too weak, or not of these bytes' },
  KEY_UNTRUSTED: {
    exit: 254,
    doc: 'a signature is of a key that is not trusted for this image',
    next: 'appc trust --prefix=NAME KEYFILE',
  },
  KEY_INVALID: {
    exit: 254,
    doc: 'a key is broken, expired, revoked, or not what its name says',
    next: 'appc trust list',
  },
  PASSPHRASE: {
    exit: 254,
    doc: 'an encrypted image cannot be opened with what was given',
    next: 'appc fetch --passphrase-file=FILE IMAGE',
  },
  CONFIG_INVALID: { exit: 254, doc: 'a configuration file is wrong' },
  POD_NOT_FOUND: { exit: 254, doc: 'no pod has that UUID or name', next: 'appc list' },
  POD_AMBIGUOUS: { exit: 254, doc: 'more than one pod fits', next: 'appc list' },
  POD_STATE: { exit: 254, doc: 'the pod is in a state the command cannot work with', next: 'appc status POD' },
  POD_WAIT: {
    exit: 124,
    doc: 'the pod still runs after the time it was waited for (as timeout(1) says so)',
    next: 'appc stop POD',
  },
  POD_NAME_TAKEN: { exit: 254, doc: 'another live pod has that name', next: 'appc stop NAME' },
  POD_START_FAILED: { exit: 254, doc: 'systemd could not start the pod', next: 'journalctl --unit=UNIT' },
  NETWORK_NOT_FOUND: { exit: 254, doc: 'no configuration has a network of that name', next: 'appc network list' },
  NETWORK_FAILED: { exit: 254, doc: 'a pod could not join a network', next: 'appc network list' },
  PORT_INVALID: { exit: 254, doc: 'a port of a pod cannot be published like that', next: 'appc run --help' },
  PORT_TAKEN: {
    exit: 254,
    doc: 'another pod or a process of the host has the port',
    next: 'appc list; ss --listening --numeric --processes',
  },
  END_UNKNOWN: { exit: 254, doc: 'nothing tells how an app ended', next: 'journalctl --unit=UNIT' },
  APP_NOT_FOUND: { exit: 254, doc: 'the pod has no such app', next: 'appc status POD' },
  CAPABILITIES_REFUSED: {
    exit: 254,
    doc: 'an image asks for capabilities that only the operator can give',
    next: 'appc run IMAGE --caps-retain=CAPABILITIES',
  },
  VOLUME_INVALID: { exit: 254, doc: 'a volume or mount cannot be satisfied', next: 'appc run --help' },
  FILE_EXISTS: { exit: 254, doc: 'the output file exists' },
  FILE_UNREADABLE: { exit: 254, doc: 'a file cannot be read or written' },
  OUTPUT_FAILED: { exit: 254, doc: 'what the apps wrote cannot be written to stdout or stderr' },
  ACE_FAILED: { exit: 254, doc: 'the pod of `appc ace` could not be made or run', next: 'appc gc' },
  SYSTEMD: { exit: 254, doc: 'systemd refused or did not answer', next: 'systemctl is-system-running' },
  HOST_UNSUPPORTED: { exit: 254, doc: 'this host lacks something appc needs' },
  INTERNAL: { exit: 254, doc: 'a bug in appc' },
} as const satisfies Readonly<Record<string, Failure>>

/** The name of a kind of failure; see {@link CODES}. */
export type Code = keyof typeof CODES

/** The optional parts of a {@link RuntimeError}. */
export interface ErrorDetails {
  /** The next command to type, if one is known. */
  readonly hint?: string
  /** The error that caused this one, kept for `--debug`. */
  readonly cause?: unknown
}

/**
 * A failure for the user. The message names the subject, then the problem: lower case, no full
 * stop.
 */
export class RuntimeError extends Error {
  readonly code: Code
  readonly hint: string | undefined

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.name = 'RuntimeError'
    this.code = code
    this.hint = details.hint
  }
}

/**
 * Whether `error`, from Bun or from the addon, has one of these codes (errno names such as
 * `ENOENT`).
 */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

/**
 * Errno names which mean that a path leads to no file: also for a directory, and for a name that is
 * too long.
 */
export const NO_FILE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'] as const

/** The message of a thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Bun's message for a failed system call, without code and path: `no such file or directory`. */
export const plainReason = (error: unknown): string =>
  messageOf(error)
    .replace(/^E[A-Z0-9]+: /, '')
    .replace(/, [a-z]+( '.*)?$/s, '')

/** Whether `error` is an error of a system call. */
export const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
