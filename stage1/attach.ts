import { native } from '#native'
import { initProgram } from './pod-directory.js'

/**
 * Executes `appc-init attach`, a client of the running pod of the current directory. Does not
 * return. `words`: `--stdin` and the app, both optional.
 */
export function attach(words: readonly string[]): never {
  const init = initProgram()
  return native.execute(init, [init, 'attach', process.cwd(), ...words])
}
