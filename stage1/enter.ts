import { native } from '#native'
import { initProgram } from './pod-directory.js'

/**
 * Becomes a command in one app's root, namespaces, control group and limits; without one, the root's shell. Does not return.
 */
export function enter(app: string, command: readonly string[]): never {
  const init = initProgram()
  return native.execute(init, [init, 'enter', process.cwd(), app, '--', ...command])
}
