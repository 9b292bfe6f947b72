import { CODES } from './errors.js'

/**
 * Makes the process exit with the INTERNAL status if its event loop gets empty before the returned
 * function is called. Without this, a promise that never settles would end the process with status
 * 0, like a success. `report` writes the failure synchronously.
 */
export function failUnlessFinished(report: (error: Error) => void): () => void {
  const { exit } = CODES.INTERNAL
  process.exitCode = exit
  const end = (status: number): void => {
    // after an uncaught exception, Bun has reported it and sets its own status
    if (status === exit) report(new Error('the work came to no end: nothing is left to wait for'))
  }
  process.once('exit', end)
  return () => process.removeListener('exit', end)
}
