import { native, type JournalReader } from '#native'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import type { Attachment } from '../attachment.js'
import { outputOf, type Output, type Stream } from './output.js'
import { synchronizeJournal } from './synchronize.js'

/** What handlers write before an app starts is shown after this time: opening the journal sooner would only delay the start. */
const BEGIN_AFTER_MS = 200

/** Brings what a pod's apps write from the journal to our own stdout and stderr, as fast as those are read. */
export function attachJournal(uuid: string): Required<Attachment> {
  let following: { readonly reader: JournalReader; readonly copied: Promise<void> } | undefined
  let timer: NodeJS.Timeout | undefined
  const follow = () => {
    clearTimeout(timer)
    if (following === undefined) {
      const reader = native.readJournal([`APPC_POD_UUID=${uuid}`, '_TRANSPORT=stdout'])
      const copied = copy(reader)
      // what fails is told when it is finished
      copied.catch(() => undefined)
      following = { reader, copied }
    }
    return following
  }
  return {
    begin: () => {
      timer = setTimeout(follow, BEGIN_AFTER_MS)
    },
    started: () => void follow(),
    finish: async () => {
      await synchronizeJournal()
      const { reader, copied } = follow()
      reader.end()
      await copied.catch(unreadable)
    },
  }
}

async function copy(reader: JournalReader): Promise<void> {
  const unread = new Set<Stream>()
  for (;;) {
    const entries = await reader.next()
    if (entries.length === 0) return
    for (const output of outputOf(entries)) await write(output, unread)
  }
}

/** Settles when the bytes have left this process, or nobody reads that stream any more. */
async function write({ stream, bytes }: Output, unread: Set<Stream>): Promise<void> {
  if (unread.has(stream)) return
  const to = process[stream]
  if (to.listenerCount('error') === 0) to.once('error', () => undefined)
  await new Promise<void>((resolve) => {
    to.write(bytes, (failed) => {
      if (failed) unread.add(stream)
      resolve()
    })
  })
}

function unreadable(cause: unknown): never {
  const code = isErrno(cause, 'LIBRARY_MISSING') ? 'HOST_UNSUPPORTED' : 'SYSTEMD'
  throw new RuntimeError(code, `journal: cannot be read: ${messageOf(cause)}`, { cause })
}
