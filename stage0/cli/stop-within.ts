import type { DataDir } from '../data-dir.js'
import { stopPod, type StopResult } from '../pod/stop.js'

/** Stops a pod as its apps like it, and kills what still runs after so many milliseconds. Errors: as of {@link stopPod}. */
export async function stopWithin(dir: DataDir, reference: string, limit: number): Promise<StopResult> {
  if (limit === 0) return await stopPod(dir, reference, true)
  const polite = stopPod(dir, reference, false)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limit)
  })
  try {
    const stopped = await Promise.race([polite, late])
    if (stopped !== null) return stopped
    const killed = await stopPod(dir, reference, true)
    // it ends with the pod; what it says of the time that ran out is ours to say
    await polite.catch(() => undefined)
    return { ...killed, already: false, notes: [...killed.notes, `${killed.uuid}: killed after ${limit / 1000} s`] }
  } finally {
    clearTimeout(timer)
  }
}
