/** A number, or no limit. */
export type Bound = number | 'infinity'

/**
 * Rate limit of journald for one app (journald.conf(5), RateLimitBurst=): the host's setting, none,
 * or `burst` lines in `interval` ms.
 */
export type LogRateLimit = 'host' | 'none' | { readonly interval: number; readonly burst: number }

/** Limits on a pod's use of its host. Only the operator can change them; manifests cannot. */
export interface Bounds {
  /** Size of the /dev/shm that the apps share, in bytes. */
  readonly shmSize: number
  /** Maximum number of processes and threads in the pod. */
  readonly tasksMax: Bound
  /** Maximum number of pseudo-terminals of one app. */
  readonly terminals: number
  /**
   * Time limit in ms for a pre-start handler, and again for the app until its program is executed.
   */
  readonly startTimeout: Bound
  /**
   * Time limit in ms for an app to end after the stop signal, and again for its post-stop handler;
   * then it is killed.
   */
  readonly stopTimeout: Bound
  /** Maximum size of a core dump in bytes. */
  readonly core: Bound
  readonly logRateLimit: LogRateLimit
}

export const DEFAULT_BOUNDS: Bounds = {
  shmSize: 64 << 20,
  tasksMax: 4096,
  terminals: 1024,
  startTimeout: 90_000,
  stopTimeout: 10_000,
  core: 0,
  logRateLimit: 'host',
}

/**
 * Maximum number of mounts of one app, including its image's mount points: each costs the kernel
 * and systemd time when a pod starts.
 */
export const MAX_MOUNTS = 512
