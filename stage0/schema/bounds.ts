/** A number, or no bound at all. */
export type Bound = number | 'infinity'

/** What journald takes of one app (journald.conf(5), RateLimitBurst=): as the host has it, all, or so many lines in so many ms. */
export type LogRateLimit = 'host' | 'none' | { readonly interval: number; readonly burst: number }

/** What a pod may take of its host at most. The operator's words alone change it: no manifest has a say in it. */
export interface Bounds {
  /** Size of the /dev/shm that the apps share, in bytes. */
  readonly shmSize: number
  /** Processes and threads of the whole pod. */
  readonly tasksMax: Bound
  /** Pseudo-terminals of one app. */
  readonly terminals: number
  /** How long a pre-start handler may take, and after it the app until its program is executed, in ms. */
  readonly startTimeout: Bound
  /** How long an app may take to end once it is asked to, and after that its post-stop handler, in ms. Then it is killed. */
  readonly stopTimeout: Bound
  /** The largest core dump, in bytes. */
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

/** Mounts of one app, its image's mount points included: each costs the kernel and systemd time in the start of a pod. */
export const MOST_MOUNTS = 512
