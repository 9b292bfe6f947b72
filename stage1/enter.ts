import { isatty } from 'node:tty'
import { RuntimeError } from '#schema/errors.js'
import { initProgram } from './pod-directory.js'

/**
 * Becomes a command in one app's root, namespaces and limits; with a terminal of the pod's own where ours is one. Does not
 * return.
 */
export function enter(app: string, command: readonly string[]): Promise<number> {
  const init = initProgram()
  const terminal = isatty(0) && isatty(1) ? ['--terminal'] : []
  process.execve?.(init, [init, 'enter', process.cwd(), app, ...terminal, '--', ...command], process.env)
  return Promise.reject(new RuntimeError('HOST_UNSUPPORTED', `node ${process.version}: has no execve`))
}
