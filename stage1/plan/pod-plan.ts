/**
 * The contract with the in-pod program (`native/init`): two kinds of JSON files in the pod
 * directory. The planner decides policy; the program executes the steps in the given order. The
 * Rust counterpart is native/init/src/plan.rs.
 */

/** stage1/pod.json: what `appc-init pod` sets up before the pod is ready. */
export interface PodPlan {
  readonly version: 1
  readonly uuid: string
  readonly hostname: string
  /**
   * The network namespace: the host's, or one that the launcher has created and holds until the pod
   * init has joined it.
   */
  readonly network: 'host' | { readonly join: Holder }
  /** The process that holds the pod lock until the pod init has taken it over. */
  readonly lock: Holder
  /**
   * The launcher's connection: the end that the pod init takes over. Warnings and errors about the
   * start of the pod are sent there, too.
   */
  readonly launcher: Holder
  /** The data directory, absolute: no volume shows anything below it. */
  readonly data: string
  /** Mounts at the pod's own root (a small tmpfs that no app sees), which its apps share. */
  readonly shared: readonly MountOp[]
  /** The names of its apps. */
  readonly apps: readonly string[]
}

/** A process and its descriptor, which another process takes (pidfd_getfd(2)). */
export interface Holder {
  readonly pid: number
  readonly fd: number
}

/**
 * One step of building a root, in list order. `target` is absolute inside that root and is resolved
 * without leaving it (openat2(2), RESOLVE_IN_ROOT). A missing target is made, with its parents, as
 * 0:0 0755 (E6).
 */
export type MountOp =
  /**
   * The root itself: an overlay of host directories (topmost first) with a writable layer. It is
   * the first step of an app, unless a bind on `/` is.
   */
  | { readonly op: 'overlay'; readonly lowers: readonly string[]; readonly upper: string; readonly work: string }
  /**
   * Binds a file or directory: a path of the host that an operator named (`host`), a path below the
   * data directory (`data`), or a path of the pod's own root (`pod`).
   */
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
  /**
   * Mounts a new file system: proc, sysfs, tmpfs, devpts, mqueue (cgroup2 is
   * {@link AppPlan.cgroup}).
   */
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
  /**
   * A character device. Where the kernel lets nobody make devices, the device of that name of the
   * host is mounted read-only.
   */
  | {
      readonly op: 'device'
      readonly target: string
      readonly major: number
      readonly minor: number
      readonly mode: number
    }
  /**
   * A file of the pod, mounted over whatever is at `target`. What is there is neither followed nor
   * opened.
   */
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

/**
 * stage1/apps/NAME.json: everything about one app: what its root is built of, and what `appc-init
 * app|enter` runs in it.
 */
export interface AppPlan {
  readonly version: 1
  readonly name: string
  /** The app's unit: `enter` runs under its control group. */
  readonly unit: string
  /** The steps by which `appc-init pod` builds its root. */
  readonly mounts: readonly MountOp[]
  readonly exec: readonly string[]
  /** As in the manifest (M5). The in-pod program resolves it inside the root. */
  readonly user: string
  readonly group: string
  readonly supplementaryGIDs: readonly number[]
  readonly workingDirectory: string
  /** `NAME=value`, complete. A program name without `/` is looked up in its PATH (M4). */
  readonly environment: readonly string[]
  /** The bounding set; for root also the permitted and effective set. `CAP_CHOWN`, … */
  readonly capabilities: readonly string[]
  readonly noNewPrivileges: boolean
  /** File with the raw seccomp filter, relative to the pod directory; null = none. */
  readonly seccomp: string | null
  /**
   * The size of a new terminal, whose controlling side goes to the socket {@link POD_DIR.terminal};
   * null = pipes.
   */
  readonly terminal: TerminalSize | null
  /**
   * Whether standard input is a pipe that clients of the pod init write to, instead of /dev/null.
   */
  readonly stdin: boolean
  /**
   * Whether the app sees its own control group, read-only at /sys/fs/cgroup. Where the kernel does
   * not allow that, the app sees none.
   */
  readonly cgroup: boolean
  /**
   * `NAME=value`: the fields of each journal entry of both streams, in addition to MESSAGE,
   * PRIORITY (6 for stdout, 3 for stderr) and APPC_STREAM.
   */
  readonly journalFields: readonly string[]
  /** Event handlers (E14), which run as root in the same root and environment. */
  readonly preStart: readonly string[] | null
  readonly postStop: readonly string[] | null
}
