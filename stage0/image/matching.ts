import { type ImageManifest, label } from '#schema/image-manifest.js'

/** The name and labels that an image must have. An absent field matches every image. */
export interface NameAndLabels {
  readonly name?: string
  readonly labels?: ReadonlyMap<string, string>
}

/**
 * A difference between an image and the request, in the name or in one label; `actual` is undefined
 * if the image does not have the label.
 */
export type Difference =
  | { readonly kind: 'name'; readonly requested: string }
  | { readonly kind: 'label'; readonly label: string; readonly requested: string; readonly actual: string | undefined }

/**
 * The first difference between a request and an image; undefined if the image has the requested
 * name and all requested labels (D7).
 */
export function differenceFrom(
  { name, labels = new Map() }: NameAndLabels,
  image: ImageManifest,
): Difference | undefined {
  if (name !== undefined && name !== image.name) return { kind: 'name', requested: name }
  for (const [key, requested] of labels) {
    const actual = label(image, key)
    if (actual !== requested) return { kind: 'label', label: key, requested, actual }
  }
  return undefined
}

/**
 * Tells whether an image has the requested name and all requested labels (D7, M14). The image may
 * have further labels.
 */
export const matches = (requested: NameAndLabels, image: ImageManifest): boolean =>
  differenceFrom(requested, image) === undefined
