import { TransferError } from './failure.js'

/** Before each further try, milliseconds. */
const DELAYS: readonly number[] = [500, 1500, 4500]

/**
 * Does `once` until it works, or trying again makes no sense: what every file from a server is got by.
 *
 * @param gained whether the last try brought so much that it does not count
 */
export async function persist<T>(
  { retryDelays = DELAYS }: { readonly retryDelays?: readonly number[] },
  once: () => Promise<T>,
  gained: () => boolean = () => false,
): Promise<T> {
  for (let tries = 0; ;) {
    try {
      return await once()
    } catch (error) {
      const delay = retryDelays[gained() ? 0 : tries++]
      if (!(error instanceof TransferError) || !error.transient || delay === undefined) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.max(delay, error.retryAfter)))
    }
  }
}
