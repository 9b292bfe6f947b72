import { visibleInJSON } from '#schema/visible.js'
import type { Context } from './command.js'
import { emit } from './output.js'

/** The story on stderr: nothing without `debug`, and then pino is not even loaded. */
export async function openLog(debug: boolean): Promise<Context['log']> {
  if (!debug) return () => undefined
  const { pino } = await import('pino')
  // a process that ends by exec cannot wait for a worker to write
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void emit(2, visibleInJSON(line)) })
  return (message, fields = {}) => {
    logger.debug(fields, message)
  }
}
