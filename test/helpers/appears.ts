import { readdirSync, watch } from 'node:fs'

/** Resolves when something appears in the directory that `matches`; keeps nobody from ending. */
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

/** Resolves when an output is being made beside its place. */
export const draftAppears = (directory: string): Promise<void> =>
  appears(directory, () => readdirSync(directory).some((name) => name.endsWith('.part')))
