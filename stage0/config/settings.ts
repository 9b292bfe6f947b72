import { absolutePath, flag } from '#schema/check.js'
import { object, optional } from '#schema/check-object.js'
import type { Kind } from './documents.js'

/** A file of paths.d. */
export interface Paths {
  /** The absolute path of the data directory. */
  readonly data?: string
}

/** A file of images.d. */
export interface Images {
  readonly requireSignature?: boolean
}

export const PATHS: Kind<Paths> = {
  directory: 'paths.d',
  name: 'paths',
  parser: object<Paths>({ data: optional(absolutePath) }),
}

export const IMAGES: Kind<Images> = {
  directory: 'images.d',
  name: 'images',
  parser: object<Images>({ requireSignature: optional(flag) }),
}
