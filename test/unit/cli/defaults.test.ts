import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command, RawCommand } from '../../../stage0/cli/command.js'
import { COMMANDS } from '../../../stage0/cli/commands.js'
import { defaultsOf, needsNoWords } from '../../../stage0/cli/defaults.js'
import { DEFAULTS } from '../../../stage0/cli/globals.js'
import { parseWords } from '../../../stage0/cli/parse-command.js'

describe('a command without words gets the same options as from yargs', () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    test(name, async () => {
      const command = (await load()).command as Command | RawCommand
      if ('runRaw' in command || !needsNoWords(command)) return
      const parsed = await parseWords(name, command, [], DEFAULTS)
      assert.ok('options' in parsed)
      const { _: none, $0: program, ...options } = parsed.options
      assert.deepEqual([none, program], [[], `appc ${name}`])
      assert.deepEqual(withoutAliases(options), defaultsOf(command))
    })
  }
})

/** Removes the aliases that yargs adds: `gracePeriod` for `grace-period`, `q` for `quiet`. */
const withoutAliases = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name.length > 1 && !/[A-Z]/.test(name) && value !== undefined),
  )
