import { visibleInJSON } from '#schema/visible.js'
import type { Context } from './command.js'
import { emit } from './output.js'

/** Opens the debug log on stderr. Without `debug` the log does nothing, and pino is not loaded. */
export async function openLog(debug: boolean): Promise<Context['log']> {
  if (!debug) return () => undefined
  const { pino } = await import('pino')
  // a synchronous write: a process that ends by exec cannot wait for a worker
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void emit(2, visibleInJSON(line)) })
  return (message, fields = {}) => {
    logger.debug(fields, message)
  }
}
