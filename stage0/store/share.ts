import type { DataDir } from '../data-dir.js'
import { lockWhenFree } from '../files/lock.js'
import { notFound } from './read.js'

/** An image held against removal. */
export interface SharedImage extends Disposable {
  readonly release: () => void
}

/** See {@link Store.share}. Waits only for an ingest that is putting this very image in, a removal or a repair. */
export async function share(dir: DataDir, id: string): Promise<SharedImage> {
  for (;;) {
    const lock = await lockWhenFree(dir.image(id), 'shared')
    if (lock === 'missing') throw notFound(id)
    // a repair, or a removal and a new ingest, may have put another directory in its place
    if (lock !== 'moved') return lock
  }
}
