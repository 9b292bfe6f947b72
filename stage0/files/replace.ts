import { renameSync, rmSync, writeFileSync } from 'node:fs'

/** How a file is replaced. */
export interface ReplaceOptions {
  readonly mode: number
  /**
   * The temporary path of the new file, in the same directory. By default it contains this
   * process's PID, so that no other process uses it.
   */
  readonly draft?: string
}

/**
 * Creates or replaces a file atomically: a reader gets either the complete old text or the complete
 * new text. After an error the old file is unchanged. Nothing is synced: after a power cut the file
 * may be incomplete.
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
