/** One directory tree of a stack. It is never changed. */
export interface Layer {
  /** An image ID, or the ID of a rendered tree. */
  readonly id: string
  /** Absolute. */
  readonly rootfs: string
  /**
   * Directories that no archive names: they exist only as parents of other entries, so their
   * metadata has no meaning.
   */
  readonly implied: readonly string[]
}

/**
 * A stack, topmost first, without repeated layers: the topmost occurrence of a layer hides the
 * lower ones completely.
 */
export function distinctLayers(layers: readonly Layer[]): Layer[] {
  const seen = new Set<string>()
  return layers.filter(({ id }) => {
    const isNew = !seen.has(id)
    seen.add(id)
    return isNew
  })
}
