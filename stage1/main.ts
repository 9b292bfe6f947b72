import { writeSync } from 'node:fs'
import { CODES, messageOf, RuntimeError } from '#schema/errors.js'
import {
  type Answer,
  type AnsweringVerb,
  type BecomingVerb,
  formatAnswer,
  parseGCRequest,
  type ServingVerb,
} from '#schema/stage1.js'
import { failUnlessFinished } from '#schema/fail-unless-finished.js'
import { native } from '#native'
import { fail, flushed } from './report.js'

type Words = readonly string[]

/**
 * Verbs that stage0 executes in its own place; cwd is the pod directory. Each gives the exit
 * status.
 */
const BECOMING: Readonly<Record<BecomingVerb, (words: Words) => Promise<number>>> = {
  run: async ([uuid = '']) => (await import('./run.js')).run(uuid),
  enter: async ([, ...words]) => (await import('./enter.js')).enter(words),
  attach: async ([, ...words]) => (await import('./attach.js')).attach(words),
}

/** Verbs that stage0 waits for; cwd is the pod directory. Each gives its warnings. */
const ANSWERING: Readonly<Record<AnsweringVerb, (words: Words) => Promise<readonly string[]>>> = {
  stop: async (words) => (await import('./stop.js')).stop(words.includes('--force')),
  check: async () => (await import('./network/check.js')).checkNetworks(),
  renew: async () => (await import('./renew.js')).renew(),
  repair: async () => (await import('./network/table/repair.js')).repairNetworks(),
}

/**
 * Verbs to which stage0 sends one request after another. Each gives the warnings of one request.
 */
const SERVING: Readonly<Record<ServingVerb, (request: string) => Promise<readonly string[]>>> = {
  gc: async (request) => (await import('./gc.js')).gc(parseGCRequest(request)),
}

const hasVerb = <Verb extends string>(table: Readonly<Record<Verb, unknown>>, name: string): name is Verb =>
  Object.hasOwn(table, name)

async function main([name = '', ...words]: Words): Promise<number> {
  if (hasVerb(ANSWERING, name)) return await answer(() => ANSWERING[name](words))
  if (hasVerb(SERVING, name)) return await serve(SERVING[name])
  try {
    if (!hasVerb(BECOMING, name)) throw new RuntimeError('USAGE', `${name}: not a verb of stage1`)
    return await BECOMING[name](words)
  } catch (error) {
    fail(error)
    return statusOf(error)
  }
}

async function serve(verb: (request: string) => Promise<readonly string[]>): Promise<number> {
  const { createInterface } = await import('node:readline')
  for await (const request of createInterface({ input: process.stdin })) await answer(() => verb(request))
  return 0
}

async function answer(run: () => Promise<readonly string[]>): Promise<number> {
  try {
    writeAnswer({ warnings: await run() })
    return 0
  } catch (error) {
    // An unexpected error is a bug: its stack is written to stderr.
    if (!(error instanceof RuntimeError)) fail(error)
    const { code, hint }: Pick<RuntimeError, 'code' | 'hint'> =
      error instanceof RuntimeError ? error : { code: 'INTERNAL', hint: undefined }
    writeAnswer({ failure: { code, message: messageOf(error), ...(hint !== undefined && { hint }) } })
    return statusOf(error)
  }
}

const writeAnswer = (result: Answer): void => void writeSync(1, formatAnswer(result))

const statusOf = (error: unknown): number => CODES[error instanceof RuntimeError ? error.code : 'INTERNAL'].exit

const done = failUnlessFinished(fail)
// The verbs have already waited for what other processes and threads write.
void main(process.argv.slice(2)).then(async (status) => {
  await flushed()
  done()
  native.exit(status)
})
