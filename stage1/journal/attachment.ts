import { outputOf } from './output.js'
import { PodJournal } from './journalctl.js'
import { synchronizeJournal } from './synchronize.js'

/** A pod that ends sooner costs no process that follows its journal. */
const FOLLOW_AFTER_MS = 200

/** Brings what a pod's apps write from the journal to our own stdout and stderr. */
export function attachJournal(uuid: string): { begin: () => void; finish: () => Promise<void> } {
  const unread = new Set<'stdout' | 'stderr'>()
  const journal = new PodJournal(uuid, (entry) => {
    const { stream, bytes } = outputOf(entry)
    if (unread.has(stream)) return
    if (process[stream].listenerCount('error') === 0) process[stream].once('error', () => unread.add(stream))
    process[stream].write(bytes)
  })
  let timer: NodeJS.Timeout | undefined
  return {
    begin: () => {
      timer = setTimeout(() => journal.follow(), FOLLOW_AFTER_MS)
    },
    finish: async () => {
      clearTimeout(timer)
      await synchronizeJournal()
      await journal.readRest()
    },
  }
}
