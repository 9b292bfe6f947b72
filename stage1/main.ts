import { CODES, RuntimeError } from '#schema/errors.js'
import { unfinished } from '#schema/unfinished.js'
import { native } from '#native'
import { fail, said } from './report.js'

/** The entry points of stage1; cwd is the pod directory. Each gives the process's exit status. */
const ENTRY_POINTS: Readonly<Record<string, (words: readonly string[]) => Promise<number>>> = {
  run: async ([uuid = '']) => (await import('./run.js')).run(uuid),
  stop: async (words) => (await import('./stop.js')).stop(words.includes('--force')),
  enter: async ([, ...words]) => (await import('./enter.js')).enter(words),
  attach: async ([, ...words]) => (await import('./attach.js')).attach(words),
  gc: async () => (await import('./gc.js')).gc(),
}

async function main([name = '', ...words]: readonly string[]): Promise<number> {
  try {
    const entry = ENTRY_POINTS[name]
    if (entry === undefined) throw new RuntimeError('USAGE', `${name}: not an entry point of stage1`)
    return await entry(words)
  } catch (error) {
    fail(error)
    return error instanceof RuntimeError ? CODES[error.code].exit : CODES.INTERNAL.exit
  }
}

const done = unfinished(fail)
// What was written by others is written by now: they waited for it.
void main(process.argv.slice(2)).then(async (status) => {
  await said()
  done()
  native.exit(status)
})
