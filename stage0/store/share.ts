import type { DataDir } from '../data-dir.js'
import { lockWhenFree } from '../files/lock.js'
import { notFound } from './read.js'

/** An image that is locked against removal. */
export interface SharedImage extends Disposable {
  readonly release: () => void
}

/** See {@link Store.share}. Waits only for an ingest, a removal or a repair of the same image. */
export async function share(dir: DataDir, id: string): Promise<SharedImage> {
  for (;;) {
    const lock = await lockWhenFree(dir.image(id), 'shared')
    if (lock === 'missing') throw notFound(id)
    // after a repair, or a removal and a new ingest, the path leads to another directory: lock that
    // one
    if (lock !== 'moved') return lock
  }
}
