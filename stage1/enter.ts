import { native } from '#native'
import { initProgram } from './pod-directory.js'

/**
 * Becomes a command in one app's root, namespaces, control group and limits. Does not return.
 *
 * @param words the app, `--as USER [GROUP]` where it is not root, then `--` and the command, or the root's shell where there is none
 */
export function enter(words: readonly string[]): never {
  const init = initProgram()
  return native.execute(init, [init, 'enter', process.cwd(), ...words])
}
