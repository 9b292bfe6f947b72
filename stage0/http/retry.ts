import { TransferError } from './failure.js'

/** The delays before each further attempt, in milliseconds. */
const DELAYS: readonly number[] = [500, 1500, 4500]

/**
 * Repeats `attempt` until it succeeds, its error is not transient, or there were too many attempts.
 * All requests for files use this. Errors: the last error of `attempt`.
 *
 * @param hasProgress whether the last attempt received so much that it is not counted
 */
export async function retry<T>(
  { retryDelays = DELAYS }: { readonly retryDelays?: readonly number[] },
  attempt: () => Promise<T>,
  hasProgress: () => boolean = () => false,
): Promise<T> {
  for (let tries = 0; ;) {
    try {
      return await attempt()
    } catch (error) {
      const delay = retryDelays[hasProgress() ? 0 : tries++]
      if (!(error instanceof TransferError) || !error.transient || delay === undefined) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.max(delay, error.retryAfter)))
    }
  }
}
