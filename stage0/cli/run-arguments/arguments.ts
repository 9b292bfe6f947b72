import type { Bounds } from '#schema/bounds.js'
import type { CapabilityRequest } from '#schema/capabilities.js'
import type { Mount } from '#schema/mount.js'
import type { Volume } from '#schema/volume.js'
import type { PullPolicy } from '../../fetch/session.js'
import type { ProgressMode } from '../progress/mode.js'

/** A parsed command line of `appc run`. What was not said is absent. */
export interface RunArguments {
  readonly images: readonly ImageArguments[]
  readonly podManifest?: string
  readonly podName?: string
  readonly hostname?: string
  readonly network: 'host' | 'none'
  readonly volumes: readonly Volume[]
  /** For every app. */
  readonly mounts: readonly Mount[]
  readonly inheritEnvironment: boolean
  /** `--set-env`, in the order given. */
  readonly setEnvironment: Environment
  /** Paths of `--set-env-file`. */
  readonly environmentFiles: readonly string[]
  readonly pullPolicy: PullPolicy
  readonly progress?: ProgressMode
  /** Opens encrypted images. */
  readonly passphraseFile?: string
  /** The most bytes an image may have when it is unpacked. */
  readonly maxImageBytes?: number
  /** Roots are copies. */
  readonly noOverlay: boolean
  readonly uuidFileSave?: string
  readonly detach: boolean
  readonly interactive: boolean
  readonly bounds: Partial<Bounds>
}

/** One image and what the options after it say about its app. */
export interface ImageArguments {
  readonly image: string
  /** A file with the image's signature. */
  readonly signature?: string
  readonly name?: string
  readonly exec?: string
  /** Appended to whatever program is in force. */
  readonly args: readonly string[]
  readonly user?: string
  readonly group?: string
  readonly supplementaryGIDs?: readonly number[]
  readonly workingDirectory?: string
  readonly environment: Environment
  readonly mounts: readonly Mount[]
  readonly readOnlyRootFS?: boolean
  /** `--caps-retain` or `--caps-remove`. */
  readonly capabilities?: CapabilityRequest
}

/** Variables by name; a Map keeps their order. */
export type Environment = ReadonlyMap<string, string>
