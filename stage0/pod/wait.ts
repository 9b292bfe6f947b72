import type { DataDir } from '../data-dir.js'
import { lockWhenFree } from '../files/lock.js'
import { lockFile } from './lock.js'
import { locatePod } from './pod.js'

/**
 * Waits until a pod stops, that is until the kernel reports that its lock is free. Returns false if
 * `limit` milliseconds pass first; null means no limit.
 */
export async function waitUntilStopped(dir: DataDir, uuid: string, limit: number | null = null): Promise<boolean> {
  if (limit === null) return await waitForEnd(dir, uuid)
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limit)
  })
  try {
    return await Promise.race([waitForEnd(dir, uuid), timeout])
  } finally {
    clearTimeout(timer)
  }
}

async function waitForEnd(dir: DataDir, uuid: string): Promise<true> {
  for (;;) {
    const current = locatePod(dir, uuid)
    if (current === null || (current.state !== 'running' && current.state !== 'preparing')) return true
    const lock = await lockWhenFree(lockFile(current.pod.directory), 'shared')
    // if there is no lock, the pod moved after it was located: locate it again
    if (typeof lock !== 'string') lock.release()
  }
}
