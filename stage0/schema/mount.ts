import { acName } from './ac-name.js'
import { absolutePath, list } from './check.js'
import { object, optional, required } from './check-object.js'
import { volume, type Volume } from './volume.js'

/**
 * A mount of a volume in one app (SPEC P5): `appVolume`, or else the pod's volume of the name
 * `volume`.
 */
export interface Mount {
  readonly volume: string
  /** Absolute in the app's root. */
  readonly path: string
  readonly appVolume?: Volume
}

export const mounts = list(
  object<Mount>({ volume: required(acName), path: required(absolutePath), appVolume: optional(volume) }),
)
