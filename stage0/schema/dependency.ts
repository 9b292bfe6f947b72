import { acIdentifier } from './ac-identifier.js'
import { integer, list } from './check.js'
import { object, optional, required } from './check-object.js'
import { imageID } from './image-id.js'
import { labels, type Label } from './labels.js'

/**
 * An image whose files lie below this image's files (SPEC M14). `size`: of the image file, in
 * bytes.
 */
export interface Dependency {
  readonly imageName: string
  readonly imageID?: string
  readonly labels?: readonly Label[]
  readonly size?: number
}

export const dependencies = list(
  object<Dependency>({
    imageName: required(acIdentifier, 'imageName cannot be empty'),
    imageID: optional(imageID),
    labels: optional(labels),
    size: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  }),
)
