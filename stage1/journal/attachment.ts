import { native, type JournalEntry, type JournalReader } from '#native'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import type { Attachment } from '../attachment.js'
import { outputOf, type Stream } from './output.js'
import { synchronizeJournal } from './synchronize.js'

/** What handlers write before an app starts is shown after this time: opening the journal sooner would only delay the start. */
const BEGIN_AFTER_MS = 200

/** Brings what a pod's apps write from the journal to our own stdout and stderr. */
export function attachJournal(uuid: string): Required<Attachment> {
  const unread = new Set<Stream>()
  const take = (entries: readonly JournalEntry[]): void => {
    for (const { stream, bytes } of outputOf(entries)) {
      if (unread.has(stream)) continue
      if (process[stream].listenerCount('error') === 0) process[stream].once('error', () => unread.add(stream))
      process[stream].write(bytes)
    }
  }
  let reader: JournalReader | undefined
  let timer: NodeJS.Timeout | undefined
  const read = (): JournalReader => {
    clearTimeout(timer)
    return (reader ??= native.readJournal([`APPC_POD_UUID=${uuid}`, '_TRANSPORT=stdout'], take))
  }
  return {
    begin: () => {
      timer = setTimeout(read, BEGIN_AFTER_MS)
    },
    started: () => void read(),
    finish: async () => {
      await synchronizeJournal()
      await read().finish().catch(unreadable)
    },
  }
}

function unreadable(cause: unknown): never {
  const code = isErrno(cause, 'LIBRARY_MISSING') ? 'HOST_UNSUPPORTED' : 'SYSTEMD'
  throw new RuntimeError(code, `journal: cannot be read: ${messageOf(cause)}`, { cause })
}
