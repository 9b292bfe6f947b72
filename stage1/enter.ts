import { native } from '#native'
import { initProgram } from './pod-directory.js'

/**
 * Executes a command in one app's root, namespaces, control group and limits. Does not return.
 *
 * @param words the app, `--as USER [GROUP]` unless the user is root, then `--` and the command;
 * without a command, root's shell
 */
export function enter(words: readonly string[]): never {
  const init = initProgram()
  return native.execute(init, [init, 'enter', process.cwd(), ...words])
}
