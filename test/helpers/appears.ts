import { readdirSync, watch } from 'node:fs'

/**
 * Resolves when something that `matches` appears in the directory; does not keep the process alive.
 */
export async function appears(directory: string, matches: () => boolean): Promise<void> {
  if (matches()) return
  const watcher = watch(directory, { persistent: false })
  try {
    await new Promise<void>((resolve) => {
      watcher.on('change', () => {
        if (matches()) resolve()
      })
      if (matches()) resolve()
    })
  } finally {
    watcher.close()
  }
}

/** Resolves when the draft of an output appears in the directory. */
export const draftAppears = (directory: string): Promise<void> =>
  appears(directory, () => readdirSync(directory).some((name) => name.endsWith('.part')))
