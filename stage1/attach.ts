import { native } from '#native'
import { initProgram } from './pod-directory.js'

/** Becomes a client of the running pod of the current directory. `words`: `--stdin`, the app, both optional. Does not return. */
export function attach(words: readonly string[]): never {
  const init = initProgram()
  return native.execute(init, [init, 'attach', process.cwd(), ...words])
}
