import { RuntimeError } from '#schema/errors.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import { differenceFrom, matches, type NameAndLabels } from '../image/matching.js'
import { displayName } from '../image/reference.js'
import { shortID } from '../store/id.js'

/** What was asked for: an image must be all of it. What is absent matches anything. */
export interface Wanted extends NameAndLabels {
  readonly imageID?: string
  /** Bytes of the image file (M14). */
  readonly size?: number
  /** An image depends on it: its author chose the name, and so whose servers are asked. */
  readonly byImage?: true
}

/** An image asked for by its name. */
export type Named = Wanted & { readonly name: string; readonly labels: ReadonlyMap<string, string> }

/**
 * Refuses an image that is not the one asked for: another name or other labels (D7), another ID (M14). Errors: IMAGE_MISMATCH.
 *
 * @param subject where it came from
 */
export function checkWanted(wanted: Wanted, manifest: ImageManifest, imageID: string, subject: string): void {
  const refuse = (what: string): never => {
    throw new RuntimeError('IMAGE_MISMATCH', `${subject}: ${what}`)
  }
  const difference = differenceFrom(wanted, manifest)
  if (difference?.kind === 'name') refuse(`is ${displayName(manifest)}, but ${difference.requested} was asked for`)
  if (difference?.kind === 'label') {
    const { label, requested, actual } = difference
    refuse(
      `${manifest.name} has ${actual === undefined ? `no ${label}` : `${label} ${actual}`}, but ${requested} was asked for`,
    )
  }
  if (wanted.imageID !== undefined && imageID !== wanted.imageID) {
    refuse(`${displayName(manifest)} has the ID ${shortID(imageID)}, but ${shortID(wanted.imageID)} was asked for`)
  }
}

/** Whether {@link checkWanted} would let an image pass. */
export const isWanted = (wanted: Wanted, manifest: ImageManifest, imageID: string): boolean =>
  matches(wanted, manifest) && (wanted.imageID === undefined || wanted.imageID === imageID)

/** Whether a name begins with a domain that can be asked for it (D1). */
export function hasDomain(name: string): boolean {
  const domain = name.split('/')[0] ?? ''
  return domain.includes('.') || domain === 'localhost'
}

/** The same for two that ask for the same. */
export const keyOf = ({ name, labels, imageID, size }: Named): string =>
  JSON.stringify([name, [...labels].sort(), imageID, size])
