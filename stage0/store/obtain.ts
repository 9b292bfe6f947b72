import { type ImageArgument, openArchive, parseArgument } from '../image/argument.js'
import type { Store, StoredImage } from './store.js'

/** What messages and the progress line need while an archive is read. */
export interface ObtainOptions {
  readonly onProgress?: (subject: string, bytes: number) => void
}

/**
 * The image that one argument of `fetch` or `run` means: a file (or stdin) is taken into the store, anything else is
 * looked up there. Errors: those of {@link Store.ingest} and {@link Store.find}, FILE_UNREADABLE.
 */
export async function obtain(word: string, store: Store, options: ObtainOptions = {}): Promise<StoredImage> {
  const argument = parseArgument(word)
  return argument.kind === 'stored' ? store.find(argument.reference) : await take(argument, store, options)
}

async function take(
  argument: ImageArgument & { kind: 'stdin' | 'file' },
  store: Store,
  { onProgress }: ObtainOptions,
): Promise<StoredImage> {
  using archive = openArchive(argument)
  const { fd, subject, path } = archive
  return await store.ingest(fd, {
    subject,
    ...(path !== undefined && { source: path }),
    ...(onProgress && { onProgress: (bytes: number) => onProgress(subject, bytes) }),
  })
}
