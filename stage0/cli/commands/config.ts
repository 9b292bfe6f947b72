import type { Command } from '../command.js'
import { json } from '../output.js'

export const command: Command = {
  usage: 'config',
  describe: 'Prints, as JSON, what the configuration files say together, and which of them; secrets are masked.',
  configure: (parser) => parser,
  run: async (_options, context) => {
    const { description } = await context.config()
    return { lines: json({ dataDir: context.dataDir, ...description }).split('\n') }
  },
}
