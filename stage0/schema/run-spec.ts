import { DEFAULT_BOUNDS, type Bounds } from './bounds.js'
import type { PodNetworks } from './network.js'

/**
 * The whole run spec: what stage0 hands to stage1, as `run.json` in the pod directory. argv is `run
 * <uuid>`, cwd is the pod directory, descriptor {@link LOCK_FD} is the pod's locked lock file,
 * {@link TURN_FD} its turn. A new option is a field with a default, never a flag.
 */
export const RUN_SPEC_VERSION = 1

/** The descriptor of the pod lock in the stage1 launcher. */
export const LOCK_FD = 3

/** The next one: stage1 closes it when the pod has started. Others wait for that. */
export const TURN_FD = LOCK_FD + 1

/** The stage1 flavors: which launcher starts a pod and does everything else with it while it runs. */
export type Flavor = 'systemd'

/** The flavor of a run spec that names none. */
export const DEFAULT_FLAVOR: Flavor = 'systemd'

export interface RunSpec {
  readonly version: typeof RUN_SPEC_VERSION
  /** Default {@link DEFAULT_FLAVOR}. */
  readonly flavor?: Flavor
  readonly uuid: string
  /** Unit ID, see unit-name.ts. */
  readonly id: string
  /** The name the user gave (`--pod-name`). */
  readonly podName?: string
  readonly hostname: string
  readonly network: PodNetworks
  /** Return as soon as the pod runs. */
  readonly detach: boolean
  /** The single app gets a terminal. */
  readonly interactive: boolean
  /** Default {@link DEFAULT_BOUNDS}, of each bound that is not there too. */
  readonly bounds?: Partial<Bounds>
  readonly apps: readonly RunSpecApp[]
}

export interface RunSpecApp {
  readonly name: string
  readonly imageID: string
  /** Image name with its version label: `example.com/redis:7`. */
  readonly imageName: string
  /** Absolute rootfs directories, topmost first. Several are an overlay's lower layers. */
  readonly layers: readonly string[]
  /**
   * The root is no overlay of the layers but the copy of them in the pod directory; default false.
   */
  readonly copied?: boolean
  /**
   * The capabilities it may have, decided when the pod was prepared; default what its isolators
   * leave of the default set.
   */
  readonly capabilities?: readonly string[]
}

/** What a pod may take of its host. */
export const boundsOf = ({ bounds }: Pick<RunSpec, 'bounds'>): Bounds => ({ ...DEFAULT_BOUNDS, ...bounds })
