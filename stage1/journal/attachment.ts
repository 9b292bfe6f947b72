import { native, type JournalReader } from '#native'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import { boundsOf, type RunSpec } from '#schema/run-spec.js'
import { appUnit } from '#schema/unit-name.js'
import type { Attachment } from '../attachment.js'
import { LineCount } from './line-count.js'
import { countByStream, outputOf, type Output, type Stream } from './output.js'
import { synchronizeJournal } from './synchronize.js'

/**
 * What a pod writes is shown from this time on, in ms: one that has ended by then is read once, at its end. Following the journal
 * earlier would take processor time from the start, and what follows it (an inotify instance) is slow to be closed.
 */
const FOLLOW_AFTER_MS = 200

/** What must be known of a pod whose output is read. */
export type LoggedPod = Pick<RunSpec, 'uuid' | 'id' | 'apps' | 'bounds'>

/** Brings what a pod's apps write from the journal to our own stdout and stderr, as fast as those are read. */
export function attachJournal(spec: LoggedPod): Attachment {
  const { logRateLimit } = boundsOf(spec)
  const count = new LineCount(logRateLimit)
  const read = (follow: boolean) => {
    // what it throws is a rejection
    const opened = Promise.resolve().then(() =>
      native.readJournal([`APPC_POD_UUID=${spec.uuid}`, '_TRANSPORT=stdout'], follow),
    )
    const copied = opened.then((reader) => copy(reader, count))
    // what fails is told when it is finished
    copied.catch(() => undefined)
    return { opened, copied }
  }
  let reading: ReturnType<typeof read> | undefined
  let timer: NodeJS.Timeout | undefined
  return {
    begin: () => {
      timer = setTimeout(() => (reading = read(true)), FOLLOW_AFTER_MS)
    },
    finish: async () => {
      clearTimeout(timer)
      await synchronizeJournal()
      const { opened, copied } = reading ?? read(false)
      try {
        const reader = await opened
        reader.end()
        await copied
      } catch (cause) {
        throw unreadable(cause)
      }
      if (logRateLimit === 'none' || !count.isMuch) return
      const units = spec.apps.map(({ name }) => appUnit(spec.id, name))
      await (await import('./dropped.js')).warnOfDropped(count, units)
    },
  }
}

async function copy(reader: JournalReader, count: LineCount): Promise<void> {
  const unread = new Set<Stream>()
  for (;;) {
    const entries = await reader.next()
    if (entries.length === 0) return
    count.add(countByStream(entries))
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

function unreadable(cause: unknown): RuntimeError {
  const code = isErrno(cause, 'LIBRARY_MISSING') ? 'HOST_UNSUPPORTED' : 'SYSTEMD'
  return new RuntimeError(code, `journal: cannot be read: ${messageOf(cause)}`, { cause })
}
