import { DEFAULT_BOUNDS, type Bounds } from './bounds.js'
import type { PodDNS, PodHosts } from './dns.js'
import type { PodNetworks } from './network.js'
import type { PublishedPort } from './published-port.js'

/**
 * The version of the run spec, which stage0 hands to stage1 as `run.json` in the pod directory.
 * argv is `run <uuid>`, cwd is the pod directory, descriptor {@link LOCK_FD} is the locked lock
 * file of the pod, and {@link TURN_FD} its turn. A new option is a field with a default, never a
 * flag.
 */
export const RUN_SPEC_VERSION = 1

/** The descriptor of the pod lock in the stage1 launcher. */
export const LOCK_FD = 3

/**
 * The descriptor of the turn. stage1 closes it when the pod has started; other appc processes wait
 * for that.
 */
export const TURN_FD = LOCK_FD + 1

/**
 * The stage1 flavors: the flavor of a pod selects the launcher that starts the pod and controls it
 * while it runs.
 */
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
  /** The name from the user (`--pod-name`). */
  readonly podName?: string
  readonly hostname: string
  readonly network: PodNetworks
  /**
   * Default: as its networks say, else the host; a pod without a network has no name resolution.
   */
  readonly dns?: PodDNS
  /** Default: the lines of the pod itself, unless an image has an /etc/hosts. */
  readonly hosts?: PodHosts
  /**
   * The ports that are reachable on the host; default none. With the host's network: the ports that
   * the apps declare.
   */
  readonly ports?: readonly PublishedPort[]
  /** Whether `appc run` returns as soon as the pod runs. */
  readonly detach: boolean
  /** Whether the single app gets a terminal. */
  readonly interactive: boolean
  /** A missing bound has its value in {@link DEFAULT_BOUNDS}. */
  readonly bounds?: Partial<Bounds>
  /** Whether the pod has a metadata service; default true. */
  readonly metadata?: boolean
  readonly apps: readonly RunSpecApp[]
}

export interface RunSpecApp {
  readonly name: string
  readonly imageID: string
  /** Image name with its version label: `example.com/redis:7`. */
  readonly imageName: string
  /** Absolute rootfs directories, topmost first. Several are the lower layers of an overlay. */
  readonly layers: readonly string[]
  /**
   * Whether the root is a copy of the layers in the pod directory instead of an overlay; default
   * false.
   */
  readonly copied?: boolean
  /**
   * The capabilities of the app, decided when the pod was prepared; default: those of the default
   * set that its isolators leave.
   */
  readonly capabilities?: readonly string[]
}

/** The effective bounds of a pod on the resources of its host. */
export const boundsOf = ({ bounds }: Pick<RunSpec, 'bounds'>): Bounds => ({ ...DEFAULT_BOUNDS, ...bounds })
