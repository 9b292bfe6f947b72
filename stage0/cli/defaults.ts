import type { Argv } from 'yargs'
import type { Command } from './command.js'

/** What a command gets where nothing is said: its options that have a default, and no others. Needs no parser, which loads longer than most commands take. */
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

/** Whether the command can be called without words: `<NAME>` in its usage is one that must be there. */
export const needsNoWords = ({ usage }: Command): boolean => !usage.includes('<')
