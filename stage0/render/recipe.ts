import { native } from '#native'

/** Everything a rendered tree is made of: the same recipe always gives the same tree. Layers are IDs, topmost first. */
export type Recipe =
  /** What a whitelist leaves of a stack; `empty` are directories that are there in any case. Paths are plain and sorted. */
  | {
      readonly kind: 'whitelist'
      readonly layers: readonly string[]
      readonly keep: readonly string[]
      readonly empty: readonly string[]
    }
  /** A stack of more layers than can be mounted. */
  | { readonly kind: 'union'; readonly layers: readonly string[] }
  /** Nothing but directories: those of a stack whose metadata a layer above hides without having any itself. */
  | { readonly kind: 'directories'; readonly layers: readonly string[] }

const digest = (value: unknown): string => `deps-sha512-${native.sha512(JSON.stringify(value))}`

/** `deps-sha512-` and 128 hex digits. */
export const treeID = (recipe: Recipe): string => digest(recipe)

/** Tells whether a name is that of a tree. */
export const isTreeID = (text: string): boolean => /^deps-sha512-[0-9a-f]{128}$/.test(text)

/** The ID of what layers make together: a tree's own where it is one, else made of theirs. */
export function renderingID(layers: readonly string[]): string {
  const [only] = layers
  if (only === undefined || layers.length > 1) return digest({ kind: 'stack', layers })
  return isTreeID(only) ? only : `deps-${only}`
}
