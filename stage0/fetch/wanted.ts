import { RuntimeError } from '#schema/errors.js'
import { type ImageManifest, label } from '#schema/image-manifest.js'
import { displayName } from '../image/reference.js'
import { shortID } from '../store/id.js'

/** What was asked for: an image must be all of it. What is absent matches anything. */
export interface Wanted {
  readonly name?: string
  readonly labels?: ReadonlyMap<string, string>
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
  if (wanted.name !== undefined && manifest.name !== wanted.name) {
    refuse(`is ${displayName(manifest)}, but ${wanted.name} was asked for`)
  }
  for (const [name, value] of wanted.labels ?? []) {
    const actual = label(manifest, name)
    if (actual !== value) {
      refuse(
        `${manifest.name} has ${actual === undefined ? `no ${name}` : `${name} ${actual}`}, but ${value} was asked for`,
      )
    }
  }
  if (wanted.imageID !== undefined && imageID !== wanted.imageID) {
    refuse(`${displayName(manifest)} has the ID ${shortID(imageID)}, but ${shortID(wanted.imageID)} was asked for`)
  }
}

/** Whether {@link checkWanted} would let an image pass. */
export function isWanted(wanted: Wanted, manifest: ImageManifest, imageID: string): boolean {
  const { name, labels = new Map<string, string>() } = wanted
  return (
    (name === undefined || name === manifest.name) &&
    (wanted.imageID === undefined || wanted.imageID === imageID) &&
    [...labels].every(([key, value]) => label(manifest, key) === value)
  )
}

/** Whether a name begins with a domain that can be asked for it (D1). */
export function hasDomain(name: string): boolean {
  const domain = name.split('/')[0] ?? ''
  return domain.includes('.') || domain === 'localhost'
}

/** As people may type it: `example.com/base:1,os=linux`. */
export function referenceOf({ name, labels }: Named): string {
  const version = labels.get('version')
  const others = [...labels].filter(([key]) => key !== 'version').map(([key, value]) => `,${key}=${value}`)
  return `${name}${version === undefined ? '' : `:${version}`}${others.join('')}`
}

/** The same for two that ask for the same. */
export const keyOf = ({ name, labels, imageID, size }: Named): string =>
  JSON.stringify([name, [...labels].sort(), imageID, size])
