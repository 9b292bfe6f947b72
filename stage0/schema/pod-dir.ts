/**
 * The names of everything in a pod directory, which both stages and the in-pod program share. All
 * paths are relative to the pod directory (`pods/<place>/<uuid>` below the data directory).
 */
export const POD_DIR = {
  /**
   * Empty. The process that holds the exclusive flock(2) on it owns the pod. Made first, removed
   * last.
   */
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
   * A FIFO. The in-pod programs of the apps wait for {@link POD_DIR.pid}; opening the FIFO wakes
   * them.
   */
  waiting: 'stage1/waiting',
  /**
   * A socket, while the pod runs: the pod init accepts clients there
   * (native/kernel/src/attachment.rs).
   */
  attach: 'attach',
  /**
   * A socket, while an interactive pod starts: the launcher receives the terminal of the app there.
   */
  terminal: 'terminal',
  /** The plan that the in-pod program sets up (see stage1/plan/pod-plan.ts). */
  podPlan: 'stage1/pod.json',
  /**
   * Commands that take the pod out of its networks, while it is in any
   * (stage1/network/plugins/leave.ts).
   */
  leave: 'stage1/leave.json',
  /** What the metadata service tells its apps: JSON, see metadata-facts.ts. */
  metadata: 'stage1/metadata.json',
  /** The token in the URL of the metadata service. */
  metadataToken: 'stage1/metadata-token',
  /** The root of the metadata service: an empty directory, in which systemd makes mount points. */
  metadataRoot: 'stage1/metadata-root',
  /** The networks that the pod joined: JSON, see network-state.ts. */
  networks: 'networks.json',
  /** The plan of one app for the in-pod program. */
  appPlan: (app: string) => `stage1/apps/${app}.json`,
  /** Seccomp filter of one app: the raw array of `struct sock_filter`. */
  seccomp: (app: string) => `stage1/apps/${app}.bpf`,
  /** The image manifest of one app; it remains after the image is removed. */
  appManifest: (app: string) => `appsinfo/${app}/manifest`,
  /** The ID of the app's image, one line. */
  appImageID: (app: string) => `appsinfo/${app}/imageID`,
  /**
   * The IDs of all images and rendered trees from which the root of the app is made, one per line.
   * While they are listed here, they are not removed.
   */
  appImages: (app: string) => `appsinfo/${app}/images`,
  /** The root of one app, where it is a copy and not an overlay. */
  root: (app: string) => `rootfs/${app}`,
  /** The writable layer of one app's root; `work` is the work directory of its overlay. */
  upper: (app: string) => `overlay/${app}/upper`,
  work: (app: string) => `overlay/${app}/work`,
  /** An `empty` volume. */
  volume: (name: string) => `sharedVolumes/${name}`,
  /** The directory of the files below. */
  status: 'status',
  /** How the app ended: JSON, see status.ts; written by the ExecStopPost of the app's unit. */
  exited: (app: string) => `status/${app}`,
  /**
   * Is renamed to the file above. It is made before the pod starts, with space for the record,
   * because the disk may be full when the pod ends.
   */
  exitedDraft: (app: string) => `status/.${app}.new`,
  /** Empty; its mtime is the time at which the program of the app was executed. */
  started: (app: string) => `status/${app}-started`,
} as const
