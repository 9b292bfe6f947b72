import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { PLUGIN_PATH } from '#schema/plugin-path.js'

/** The program of a plugin. Errors: NETWORK_FAILED where there is none that can be executed. */
export function pluginProgram(network: string, type: string, path: readonly string[] = PLUGIN_PATH): string {
  const program = path.map((directory) => join(directory, type)).find(isProgram)
  if (program !== undefined) return program
  throw new RuntimeError('NETWORK_FAILED', `network ${network}: has no plugin ${type} in ${path.join(', ')}`, {
    hint: 'apt install containernetworking-plugins',
  })
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
