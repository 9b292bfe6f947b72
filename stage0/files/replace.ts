import { renameSync, rmSync, writeFileSync } from 'node:fs'

/** How a file is replaced. */
export interface ReplaceOptions {
  readonly mode: number
  /** The path of the new file until it is whole, in the same directory; by default one that no other process uses. */
  readonly draft?: string
}

/**
 * Makes a file, or replaces it at once: whoever reads it gets all of the old text or all of the new. Where that fails the old file stays.
 * Nothing is synced: a power cut may leave any of it.
 */
export function replaceFile(
  path: string,
  text: string,
  { mode, draft = `${path}.${process.pid}` }: ReplaceOptions,
): void {
  try {
    writeFileSync(draft, text, { mode })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}
