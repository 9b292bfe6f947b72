import type { Argv } from 'yargs'
import { RuntimeError } from '#schema/errors.js'
import { checkPrefix } from '../../../trust/key-files.js'

/** The options that select the images for which a key is trusted. */
export interface ScopeOptions {
  readonly prefix: string | undefined
  readonly root: boolean
}

/** Adds `--prefix` and `--root` to a parser. */
export const scopeOptions = <T>(parser: Argv<T>): Argv<T & ScopeOptions> =>
  parser
    .option('prefix', { type: 'string', describe: 'for the images of this name and below it' })
    .option('root', { type: 'boolean', default: false, describe: 'for every image' })

/** The prefix; null for every image; undefined where neither option was given. Errors: USAGE. */
export function scopeOf({ prefix, root }: ScopeOptions): string | null | undefined {
  if (prefix !== undefined && root) throw new RuntimeError('USAGE', 'trust: --prefix and --root exclude each other')
  return prefix === undefined ? (root ? null : undefined) : checkPrefix(prefix)
}
