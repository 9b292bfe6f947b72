import type { DataDir } from '../data-dir.js'
import { lockWhenFree } from '../files/lock.js'
import { lockFile } from './lock.js'
import { look } from './pod.js'

/**
 * Waits until a pod runs no more: until its lock is free, which the kernel tells. Gives false where `limit` milliseconds
 * passed first; null waits for ever.
 */
export async function untilStopped(dir: DataDir, uuid: string, limit: number | null = null): Promise<boolean> {
  if (limit === null) return await stopped(dir, uuid)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limit)
  })
  try {
    return await Promise.race([stopped(dir, uuid), late])
  } finally {
    clearTimeout(timer)
  }
}

async function stopped(dir: DataDir, uuid: string): Promise<true> {
  for (;;) {
    const now = look(dir, uuid)
    if (now === null || (now.state !== 'running' && now.state !== 'preparing')) return true
    const lock = await lockWhenFree(lockFile(now.pod.directory), 'shared')
    // else it moved on between the look and the open
    if (typeof lock !== 'string') lock.release()
  }
}
