import { native } from '#native'

/**
 * All inputs of a rendered tree: the same recipe always gives the same tree. Layers are IDs,
 * topmost first.
 */
export type Recipe =
  /**
   * The whitelisted files of a stack; `empty`: directories that always exist. Paths are normalised
   * and sorted.
   */
  | {
      readonly kind: 'whitelist'
      readonly layers: readonly string[]
      readonly keep: readonly string[]
      readonly empty: readonly string[]
    }
  /** All layers of a stack that has more than can be mounted. */
  | { readonly kind: 'union'; readonly layers: readonly string[] }
  /** Only the directories whose metadata is hidden by a higher layer that has none for them. */
  | { readonly kind: 'directories'; readonly layers: readonly string[] }

const idOf = (value: unknown): string => `deps-sha512-${native.sha512(JSON.stringify(value))}`

/** The ID of a tree: `deps-sha512-` and 128 hex digits. */
export const treeID = (recipe: Recipe): string => idOf(recipe)

/** Whether a text is the ID of a tree. */
export const isTreeID = (text: string): boolean => /^deps-sha512-[0-9a-f]{128}$/.test(text)

/** The ID of a stack of layers: of a single tree, its own ID; else derived from the layers' IDs. */
export function renderingID(layers: readonly string[]): string {
  const [only] = layers
  if (only === undefined || layers.length > 1) return idOf({ kind: 'stack', layers })
  return isTreeID(only) ? only : `deps-${only}`
}
