import { basename, dirname, join } from 'node:path'

/**
 * The directory of the files that are installed together: the runtime, the launcher, the addon and
 * the in-pod program. In a checkout: the directory of the build.
 */
export const library =
  basename(process.execPath) === 'runtime' ? dirname(process.execPath) : join(import.meta.dirname, '../dist/lib/appc')
