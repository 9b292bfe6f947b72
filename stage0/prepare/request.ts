import type { Bounds } from '#schema/bounds.js'
import type { CapabilityRequest } from '#schema/capabilities.js'
import type { PodDNS, PodHosts } from '#schema/dns.js'
import type { ExposedPort } from '#schema/exposed-port.js'
import type { Mount } from '#schema/mount.js'
import type { RunSpec } from '#schema/run-spec.js'
import type { Volume } from '#schema/volume.js'
import type { ProgressMode } from '../fetch/progress-mode.js'
import type { PullPolicy } from '../fetch/session.js'
import type { ImageWord } from '../image/word.js'

/** The request for a new pod: the parsed words of `appc run`. An absent field was not given. */
export interface PodRequest {
  /** In the order of the pod; empty with a pod manifest. */
  readonly apps: readonly AppRequest[]
  /** The path of a pod manifest, which is used unchanged. */
  readonly podManifest?: string
  readonly podName?: string
  readonly hostname?: string
  readonly network: RunSpec['network']
  readonly dns?: PodDNS
  readonly hosts?: PodHosts
  /** `--port`; an address of IPv6 is canonical. */
  readonly ports: readonly ExposedPort[]
  /** Whether the pod has a metadata service. */
  readonly metadata: boolean
  readonly volumes: readonly Volume[]
  /** Mounts for every app. */
  readonly mounts: readonly Mount[]
  readonly inheritEnvironment: boolean
  /** `--set-env`, in the given order. */
  readonly setEnvironment: Variables
  /** Paths of `--set-env-file`. */
  readonly environmentFiles: readonly string[]
  readonly pullPolicy: PullPolicy
  readonly progress?: ProgressMode
  /** The path of a file whose passphrase opens encrypted images. */
  readonly passphraseFile?: string
  /** The largest number of bytes of an unpacked image. */
  readonly maxImageBytes?: number
  /** The roots are copied instead of overlaid. */
  readonly noOverlay: boolean
  /** The path of a file that gets the UUID of the pod. */
  readonly uuidFileSave?: string
  readonly detach: boolean
  readonly interactive: boolean
  readonly bounds: Partial<Bounds>
}

/** One image and the options for its app. */
export interface AppRequest {
  /** The parsed image word: a file, a URL, an image ID or a name. */
  readonly image: ImageWord
  /** A file with the image's signature. */
  readonly signature?: string
  readonly name?: string
  readonly exec?: string
  /** Appended to the program of the image, or to `exec`. */
  readonly args: readonly string[]
  readonly user?: string
  readonly group?: string
  readonly supplementaryGIDs?: readonly number[]
  readonly workingDirectory?: string
  readonly environment: Variables
  readonly mounts: readonly Mount[]
  readonly readOnlyRootFS?: boolean
  /** `--caps-retain` or `--caps-remove`. */
  readonly capabilities?: CapabilityRequest
}

/** Environment variables by name; a Map keeps their order. */
export type Variables = ReadonlyMap<string, string>
