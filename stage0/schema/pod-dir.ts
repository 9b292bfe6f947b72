/**
 * The names of everything in a pod directory: what both stages and the in-pod program agree on. All
 * paths are relative to the pod directory (`pods/<place>/<uuid>` below the data directory).
 */
export const POD_DIR = {
  /** Empty; whoever holds the exclusive flock(2) on it owns the pod. Made first, removed last. */
  lock: 'lock',
  /** Pod manifest, as reified by stage0. */
  manifest: 'pod',
  /** The run spec (see run-spec.ts). */
  runSpec: 'run.json',
  /** Empty; its mtime is the pod's creation time. */
  created: 'pod-created',
  /**
   * The pod init's PID on the host, decimal; written by the in-pod program before the pod is ready.
   */
  pid: 'pid',
  /** The directory of what stage1 writes: made before anything else that a pod leaves behind. */
  stage1: 'stage1',
  /**
   * A FIFO: opening it wakes the in-pod programs of the apps, which wait for {@link POD_DIR.pid}.
   */
  waiting: 'stage1/waiting',
  /**
   * A socket, while the pod runs: its init accepts clients there (native/kernel/src/attachment.rs).
   */
  attach: 'attach',
  /** A socket, while an interactive pod starts: the launcher gets the app's terminal there. */
  terminal: 'terminal',
  /** What the in-pod program sets up (see stage1/plan/pod-plan.ts). */
  podPlan: 'stage1/pod.json',
  /** Commands that take the pod out of its networks, while it is in any (stage1/network/leave.ts). */
  leave: 'stage1/leave.json',
  /** The networks that the pod joined: JSON, see network-state.ts. */
  networks: 'networks.json',
  /** What the in-pod program runs for one app. */
  appPlan: (app: string) => `stage1/apps/${app}.json`,
  /** Seccomp filter of one app: the raw array of `struct sock_filter`. */
  seccomp: (app: string) => `stage1/apps/${app}.bpf`,
  /** The image manifest of one app; survives the image's removal. */
  appManifest: (app: string) => `appsinfo/${app}/manifest`,
  /** The ID of the app's image, one line. */
  appImageID: (app: string) => `appsinfo/${app}/imageID`,
  /**
   * The IDs of all images and rendered trees the app's root is made of, one per line: what keeps
   * them from being removed.
   */
  appImages: (app: string) => `appsinfo/${app}/images`,
  /** One app's root, where it is a copy and no overlay. */
  root: (app: string) => `rootfs/${app}`,
  /** Writable layers of one app's root. */
  upper: (app: string) => `overlay/${app}/upper`,
  work: (app: string) => `overlay/${app}/work`,
  /** An `empty` volume. */
  volume: (name: string) => `sharedVolumes/${name}`,
  /** Directory of those below. */
  status: 'status',
  /** How the app ended: JSON, see status.ts; written by the unit's ExecStopPost. */
  exited: (app: string) => `status/${app}`,
  /**
   * Becomes the one above: made before the pod starts, with room for the record, which a disk that
   * is full by then does not give.
   */
  exitedDraft: (app: string) => `status/.${app}.new`,
  /** Empty; its mtime is when the app's program was executed. */
  started: (app: string) => `status/${app}-started`,
} as const
