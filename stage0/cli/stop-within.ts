import type { DataDir } from '../data-dir.js'
import { stopPod, type StopResult } from '../pod/stop.js'

/**
 * Asks a pod to stop, and kills it if it still runs after `limit` milliseconds. Errors: those of
 * {@link stopPod}.
 */
export async function stopWithin(dir: DataDir, reference: string, limit: number): Promise<StopResult> {
  if (limit === 0) return await stopPod(dir, reference, true)
  const stopping = stopPod(dir, reference, false)
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limit)
  })
  try {
    const stopped = await Promise.race([stopping, timeout])
    if (stopped !== null) return stopped
    const killed = await stopPod(dir, reference, true)
    // this call ends with the pod; its error about the elapsed time is replaced by the note below
    await stopping.catch(() => undefined)
    return { ...killed, already: false, notes: [...killed.notes, `${killed.uuid}: killed after ${limit / 1000} s`] }
  } finally {
    clearTimeout(timer)
  }
}
