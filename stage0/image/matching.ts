import { type ImageManifest, label } from '#schema/image-manifest.js'

/** What the name and the labels of an image must be. What is absent matches anything. */
export interface NameAndLabels {
  readonly name?: string
  readonly labels?: ReadonlyMap<string, string>
}

/** Where an image is not what was asked for: in its name, or in a label; `actual` is absent if the image lacks the label. */
export type Difference =
  | { readonly kind: 'name'; readonly asked: string }
  | { readonly kind: 'label'; readonly label: string; readonly asked: string; readonly actual: string | undefined }

/** The first difference between what was asked for and an image; undefined if the image has that name and every label (D7). */
export function differenceFrom(
  { name, labels = new Map() }: NameAndLabels,
  image: ImageManifest,
): Difference | undefined {
  if (name !== undefined && name !== image.name) return { kind: 'name', asked: name }
  for (const [key, asked] of labels) {
    const actual = label(image, key)
    if (actual !== asked) return { kind: 'label', label: key, asked, actual }
  }
  return undefined
}

/** Tells whether an image has the name and every label asked for (D7, M14); labels not asked for match anything. */
export const matches = (asked: NameAndLabels, image: ImageManifest): boolean =>
  differenceFrom(asked, image) === undefined
