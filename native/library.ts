import { basename, dirname, join } from 'node:path'

/** The directory of the files that are installed together: the runtime, the launcher, the addon, the pod init. In a checkout: that of the build. */
export const library =
  basename(process.execPath) === 'runtime' ? dirname(process.execPath) : join(import.meta.dirname, '../dist/lib/appc')
