import type { Argv } from 'yargs'
import type { Command } from './command.js'

/**
 * The options of a command without words: only those that have a default. This needs no parser,
 * whose loading takes longer than most commands.
 */
export function defaultsOf({ configure, listing }: Command): Record<string, unknown> {
  const defaults: Record<string, unknown> = listing === true ? { format: 'text' } : {}
  const note = (name: string, { default: value }: { readonly default?: unknown }) => {
    if (value !== undefined) defaults[name] = value
    return recorder
  }
  const recorder = { option: note, positional: note }
  configure(recorder as unknown as Argv)
  return defaults
}

/**
 * Tells whether the command can be called without words: `<NAME>` in its usage is a mandatory word.
 */
export const needsNoWords = ({ usage }: Command): boolean => !usage.includes('<')
