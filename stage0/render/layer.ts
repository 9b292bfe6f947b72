/** One directory tree of a stack of them, which is never changed. */
export interface Layer {
  /** An image ID, or the ID of a rendered tree. */
  readonly id: string
  /** Absolute. */
  readonly rootfs: string
  /** Directories no archive named: they are only there because something below them is, and say nothing of their own. */
  readonly implied: readonly string[]
}

/**
 * A stack, topmost first, without lower repetitions of a layer: what a layer has at a path is there, or hidden by something above
 * it, the first time it comes already.
 */
export function distinct(layers: readonly Layer[]): Layer[] {
  const seen = new Set<string>()
  return layers.filter(({ id }) => {
    const isNew = !seen.has(id)
    seen.add(id)
    return isNew
  })
}
