/**
 * The contract with the in-pod program (`native/init`): two kinds of JSON file in the pod directory. Policy is decided by
 * the planner; the program only does what stands here, in this order. The Rust twin is native/init/src/plan.rs.
 */

/** stage1/pod.json: what `appc-init pod` sets up before the pod is ready. */
export interface PodPlan {
  readonly version: 1
  readonly uuid: string
  readonly hostname: string
  /** The network namespace: the host's, or one that the launcher has made and holds until the pod init has joined it. */
  readonly network: 'host' | { readonly join: Holder }
  /** Holds the pod lock until the pod init has taken it over. */
  readonly lock: Holder
  /** The launcher's connection: the end that the pod init takes over. What there is to say of the pod's start is said there, too. */
  readonly launcher: Holder
  /** The data directory, absolute: what is below it is shown by no volume. */
  readonly data: string
  /** Mounts at the pod's own root (a small tmpfs that no app sees): what its apps share. */
  readonly shared: readonly MountOp[]
  /** The names of its apps. */
  readonly apps: readonly string[]
}

/** A process and its descriptor, for another process to take (pidfd_getfd(2)). */
export interface Holder {
  readonly pid: number
  readonly fd: number
}

/**
 * One step of building a root, in list order. `target` is absolute inside that root and is resolved without leaving it
 * (openat2 RESOLVE_IN_ROOT); missing targets are made, with parents, 0:0 0755 (E6).
 */
export type MountOp =
  /** The root itself: overlay of host directories (topmost first) with a writable layer. First in an app's list, unless a bind on `/` is. */
  | { readonly op: 'overlay'; readonly lowers: readonly string[]; readonly upper: string; readonly work: string }
  /** Binds a file or directory: what an operator names on the host, what is below the data directory, or a path of the pod's own root. */
  | {
      readonly op: 'bind'
      readonly from: 'host' | 'data' | 'pod'
      readonly source: string
      readonly target: string
      readonly recursive: boolean
      readonly readOnly: boolean
      /** Of `nosuid`, `nodev`, `noexec`. */
      readonly flags: readonly MountFlag[]
    }
  /** Mounts a new file system: proc, sysfs, tmpfs, devpts, mqueue (cgroup2 is {@link AppPlan.cgroup}). */
  | {
      readonly op: 'filesystem'
      readonly type: string
      readonly target: string
      readonly flags: readonly (MountFlag | 'readonly')[]
      /** fsconfig keys: `mode=0755`, `size=64m`. */
      readonly options: readonly string[]
    }
  | { readonly op: 'directory'; readonly target: string; readonly mode: number }
  | { readonly op: 'symlink'; readonly target: string; readonly to: string; readonly ifMissing: boolean }
  /** A character device; where devices cannot be made, the host's of that name on a read-only mount. */
  | {
      readonly op: 'device'
      readonly target: string
      readonly major: number
      readonly minor: number
      readonly mode: number
    }
  /** A file of the pod's own mounted over whatever is at `target`, which is neither followed nor opened. */
  | {
      readonly op: 'file'
      readonly target: string
      readonly content: string
      readonly mode: number
      readonly ifMissing: boolean
      readonly readOnly: boolean
    }
  /** Hides a path where it exists: an empty read-only directory or a null device over it. */
  | { readonly op: 'mask'; readonly target: string }
  /** Makes a path read-only where it exists; `/` is the root itself (not its submounts). */
  | { readonly op: 'readonly'; readonly target: string }

export type MountFlag = 'nosuid' | 'nodev' | 'noexec'

export interface TerminalSize {
  readonly rows: number
  readonly columns: number
}

/** stage1/apps/NAME.json: one app whole: what its root is built of, and what `appc-init app|enter` runs in it. */
export interface AppPlan {
  readonly version: 1
  readonly name: string
  /** The app's unit: `enter` runs under its control group. */
  readonly unit: string
  /** How its root is built, by `appc-init pod`. */
  readonly mounts: readonly MountOp[]
  readonly exec: readonly string[]
  /** As in the manifest (M5): resolved inside the root by the in-pod program. */
  readonly user: string
  readonly group: string
  readonly supplementaryGIDs: readonly number[]
  readonly workingDirectory: string
  /** `NAME=value`, complete. PATH in it is where a name without `/` is sought (M4). */
  readonly environment: readonly string[]
  /** The bounding set; root's permitted and effective set. `CAP_CHOWN`, … */
  readonly capabilities: readonly string[]
  readonly noNewPrivileges: boolean
  /** File with the raw seccomp filter, relative to the pod directory; null = none. */
  readonly seccomp: string | null
  /** The size of a new terminal, whose controlling side goes to the socket {@link POD_DIR.terminal}; null = pipes. */
  readonly terminal: TerminalSize | null
  /** Standard input is a pipe that clients of the pod's init write to, and not /dev/null. */
  readonly stdin: boolean
  /** Whether the app sees its own control group, read-only at /sys/fs/cgroup (where this cannot be had it sees none). */
  readonly cgroup: boolean
  /** `NAME=value`: the fields of each journal entry of both streams, beside MESSAGE, PRIORITY (6 and 3) and APPC_STREAM. */
  readonly journalFields: readonly string[]
  /** Event handlers (E14): run as root in the same root and environment. */
  readonly preStart: readonly string[] | null
  readonly postStop: readonly string[] | null
}
