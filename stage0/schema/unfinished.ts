import { CODES } from './errors.js'

/**
 * Makes the process end as an internal failure should it run out of things to wait for before the function that this gives is called:
 * a promise that never settles would else end it with 0, as if all were done. `tell` writes the failure at once.
 */
export function unfinished(tell: (error: Error) => void): () => void {
  const { exit } = CODES.INTERNAL
  process.exitCode = exit
  const end = (status: number): void => {
    // what was thrown where nobody catches it has been told by Bun, and has a status of its own
    if (status === exit) tell(new Error('the work came to no end: nothing is left to wait for'))
  }
  process.once('exit', end)
  return () => process.removeListener('exit', end)
}
