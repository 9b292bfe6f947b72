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
import { fail, said } from './report.js'

type Words = readonly string[]

/** Verbs that stage0 becomes; cwd is the pod directory. Each gives the exit status. */
const BECOMING: Readonly<Record<BecomingVerb, (words: Words) => Promise<number>>> = {
  run: async ([uuid = '']) => (await import('./run.js')).run(uuid),
  enter: async ([, ...words]) => (await import('./enter.js')).enter(words),
  attach: async ([, ...words]) => (await import('./attach.js')).attach(words),
}

/** Verbs that stage0 waits for; cwd is the pod directory. Each gives its warnings. */
const ANSWERING: Readonly<Record<AnsweringVerb, (words: Words) => Promise<readonly string[]>>> = {
  stop: async (words) => (await import('./stop.js')).stop(words.includes('--force')),
}

/** Verbs to which stage0 gives one request after another. Each gives the warnings of one. */
const SERVING: Readonly<Record<ServingVerb, (request: string) => Promise<readonly string[]>>> = {
  gc: async (request) => (await import('./gc.js')).gc(parseGCRequest(request)),
}

const has = <Verb extends string>(table: Readonly<Record<Verb, unknown>>, name: string): name is Verb =>
  Object.hasOwn(table, name)

async function main([name = '', ...words]: Words): Promise<number> {
  if (has(ANSWERING, name)) return await answer(() => ANSWERING[name](words))
  if (has(SERVING, name)) return await serve(SERVING[name])
  try {
    if (!has(BECOMING, name)) throw new RuntimeError('USAGE', `${name}: not a verb of stage1`)
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

async function answer(act: () => Promise<readonly string[]>): Promise<number> {
  try {
    give({ warnings: await act() })
    return 0
  } catch (error) {
    // a bug, whose stack belongs to stderr
    if (!(error instanceof RuntimeError)) fail(error)
    const { code, hint }: Pick<RuntimeError, 'code' | 'hint'> =
      error instanceof RuntimeError ? error : { code: 'INTERNAL', hint: undefined }
    give({ failure: { code, message: messageOf(error), ...(hint !== undefined && { hint }) } })
    return statusOf(error)
  }
}

const give = (what: Answer): void => void writeSync(1, formatAnswer(what))

const statusOf = (error: unknown): number => CODES[error instanceof RuntimeError ? error.code : 'INTERNAL'].exit

const done = failUnlessFinished(fail)
// What was written by others is written by now: they waited for it.
void main(process.argv.slice(2)).then(async (status) => {
  await said()
  done()
  native.exit(status)
})
