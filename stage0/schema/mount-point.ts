import { absolutePath, flag, list } from './check.js'
import { object, optional, required } from './check-object.js'
import { acName } from './ac-name.js'

/**
 * Where an app expects a volume (SPEC M10). `path`: absolute in the app's root; `readOnly`: default
 * false.
 */
export interface MountPoint {
  readonly name: string
  readonly path: string
  readonly readOnly?: boolean
}

export const mountPoints = list(
  object<MountPoint>({ name: required(acName), path: required(absolutePath), readOnly: optional(flag) }),
)
