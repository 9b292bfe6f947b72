import { acName } from './ac-name.js'
import { absolutePath, list } from './check.js'
import { object, optional, required } from './check-object.js'
import { volume, type Volume } from './volume.js'

/** Which volume is mounted where in one app (SPEC P5): the pod's volume of that name, unless `appVolume` says it here. */
export interface Mount {
  readonly volume: string
  /** Absolute inside the app's root. */
  readonly path: string
  readonly appVolume?: Volume
}

export const mounts = list(
  object<Mount>({ volume: required(acName), path: required(absolutePath), appVolume: optional(volume) }),
)
