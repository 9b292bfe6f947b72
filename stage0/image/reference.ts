import { AC_IDENTIFIER } from '#schema/ac-identifier.js'
import { RuntimeError } from '#schema/errors.js'
import { type ImageManifest, label } from '#schema/image-manifest.js'

/** The user's reference to an image; `text` is the reference as typed. */
export type ImageReference = IDReference | NameReference

/** An image ID or the first digits of one. */
export interface IDReference {
  readonly kind: 'id'
  readonly text: string
}

export interface NameReference {
  readonly kind: 'name'
  readonly text: string
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
}

/** Tells whether a text is a valid image name. */
export const isImageName = (text: string): boolean => AC_IDENTIFIER.test(text)

/**
 * Parses `sha512-HEX` (at least 2 digits) or `name[:version][,label=value…]`. Errors: USAGE, naming
 * the invalid part.
 */
export function parseReference(text: string): ImageReference {
  if (text.startsWith('sha512-')) {
    if (!/^sha512-[0-9a-f]{2,128}$/.test(text)) {
      throw new RuntimeError('USAGE', `${text}: an image ID is sha512- and 2 to 128 lower-case hex digits`)
    }
    return { kind: 'id', text }
  }
  const [head = '', ...rest] = text.split(',')
  const [name = '', ...version] = head.split(':')
  if (!isImageName(name)) {
    throw new RuntimeError(
      'USAGE',
      `${text}: not an image name (lower-case letters, digits and single - . _ ~ / between them)`,
    )
  }
  const labels = new Map<string, string>()
  if (version.length > 1) throw new RuntimeError('USAGE', `${text}: a name has one version: NAME:VERSION`)
  if (version[0] === '') throw new RuntimeError('USAGE', `${text}: the version after : is empty`)
  if (version[0] !== undefined) labels.set('version', version[0])
  for (const part of rest) {
    const split = part.indexOf('=')
    if (split <= 0) throw new RuntimeError('USAGE', `${text}: ${part}: a label is written name=value`)
    const label = part.slice(0, split)
    if (labels.has(label)) throw new RuntimeError('USAGE', `${text}: the label ${label} is given twice`)
    if (part.length === split + 1) throw new RuntimeError('USAGE', `${text}: the label ${label} is empty`)
    labels.set(label, part.slice(split + 1))
  }
  return { kind: 'name', text, name, labels }
}

/**
 * A name and labels in the form that {@link parseReference} reads: `example.com/base:1,os=linux`.
 */
export function referenceOf({ name, labels }: { name: string; labels: ReadonlyMap<string, string> }): string {
  const version = labels.get('version')
  const otherLabels = [...labels].filter(([key]) => key !== 'version').map(([key, value]) => `,${key}=${value}`)
  return `${name}${version === undefined ? '' : `:${version}`}${otherLabels.join('')}`
}

/** The name of an image for display: `example.com/redis:7`. */
export function displayName(manifest: ImageManifest): string {
  const version = label(manifest, 'version')
  return version === undefined ? manifest.name : `${manifest.name}:${version}`
}
