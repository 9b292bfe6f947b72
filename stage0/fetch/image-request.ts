import { RuntimeError } from '#schema/errors.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import { differenceFrom, matches, type NameAndLabels } from '../image/matching.js'
import { displayName } from '../image/reference.js'
import { shortID } from '../store/id.js'

/** A requested image, which must match all fields. An absent field matches any image. */
export interface ImageRequest extends NameAndLabels {
  readonly imageID?: string
  /** Size of the image file in bytes (M14). */
  readonly size?: number
  /**
   * Set if another image depends on it: then its author chose the name, and with it the servers.
   */
  readonly byImage?: true
}

/** An image requested by its name. */
export type NamedRequest = ImageRequest & { readonly name: string; readonly labels: ReadonlyMap<string, string> }

/**
 * Refuses an image that does not match the request: another name or other labels (D7), another ID
 * (M14). Errors: IMAGE_MISMATCH.
 *
 * @param subject where the image came from
 */
export function checkRequested(request: ImageRequest, manifest: ImageManifest, imageID: string, subject: string): void {
  const refuse = (problem: string): never => {
    throw new RuntimeError('IMAGE_MISMATCH', `${subject}: ${problem}`)
  }
  const difference = differenceFrom(request, manifest)
  if (difference?.kind === 'name') refuse(`is ${displayName(manifest)}, but ${difference.requested} was asked for`)
  if (difference?.kind === 'label') {
    const { label, requested, actual } = difference
    refuse(
      `${manifest.name} has ${actual === undefined ? `no ${label}` : `${label} ${actual}`}, but ${requested} was asked for`,
    )
  }
  if (request.imageID !== undefined && imageID !== request.imageID) {
    refuse(`${displayName(manifest)} has the ID ${shortID(imageID)}, but ${shortID(request.imageID)} was asked for`)
  }
}

/** Whether {@link checkRequested} accepts an image. */
export const matchesRequest = (request: ImageRequest, manifest: ImageManifest, imageID: string): boolean =>
  matches(request, manifest) && (request.imageID === undefined || request.imageID === imageID)

/** Whether a name begins with a domain, where discovery can find it (D1). */
export function hasDomain(name: string): boolean {
  const domain = name.split('/')[0] ?? ''
  return domain.includes('.') || domain === 'localhost'
}

/** A key for maps: equal for equal requests. */
export const keyOf = ({ name, labels, imageID, size }: NamedRequest): string =>
  JSON.stringify([name, [...labels].sort(), imageID, size])
