import { readBytes } from '../files/open.js'
import { checkEnvironment, textOf } from '../utf8.js'
import type { PodEnvironment } from './merge-environment.js'
import { parseEnvironmentFile } from './environment-file.js'
import type { PodRequest } from './request.js'

/**
 * The variables of a request for every app: those of its options and files and, with
 * `--inherit-env`, those of this process. Errors: FILE_UNREADABLE, USAGE.
 */
export function readEnvironment({
  inheritEnvironment,
  environmentFiles,
  setEnvironment,
}: Pick<PodRequest, 'inheritEnvironment' | 'environmentFiles' | 'setEnvironment'>): PodEnvironment {
  if (inheritEnvironment) checkEnvironment()
  const inherited = inheritEnvironment ? Object.entries(process.env) : []
  const files = environmentFiles.flatMap((file) => [...parseEnvironmentFile(textOf(readBytes(file), file), file)])
  return {
    inherited: new Map(inherited.map(([name, value]) => [name, value ?? ''])),
    files: new Map(files),
    set: setEnvironment,
  }
}
