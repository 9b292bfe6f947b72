import { isatty } from 'node:tty'
import { native } from '#native'
import { initProgram } from './pod-directory.js'

/**
 * Becomes a command in one app's root, namespaces and limits; with a terminal of the pod's own where ours is one. Does not
 * return.
 */
export function enter(app: string, command: readonly string[]): never {
  const init = initProgram()
  const terminal = isatty(0) && isatty(1) ? ['--terminal'] : []
  return native.execute(init, [init, 'enter', process.cwd(), app, ...terminal, '--', ...command])
}
