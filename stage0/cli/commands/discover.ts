import { isErrno, RuntimeError } from '#schema/errors.js'
import { visibleJSON } from '#schema/visible.js'
import type { Config } from '../../config/config.js'
import type { Discovery } from '../../discovery/discovery.js'
import { parseReference } from '../../image/reference.js'
import type { Command, Context, Outcome } from '../command.js'

interface Options {
  readonly app: readonly string[]
  readonly json: boolean
  readonly insecure: boolean
  readonly port: string | undefined
}

/** The messages, and the exit status where nothing is found, are those of actool (V3). */
export const command: Command<Options> = {
  usage: 'discover <app..>',
  describe: 'Finds where images may be downloaded, and their signatures and keys.',
  singleDash: true,
  unprivileged: true,
  configure: (parser) =>
    parser
      .positional('app', { type: 'string', array: true, demandOption: true, describe: 'NAME[:VERSION][,LABEL=VALUE…]' })
      .option('json', { type: 'boolean', default: false, describe: 'the answer as JSON' })
      .option('insecure', {
        type: 'boolean',
        default: false,
        describe: 'allow certificates of anybody, and http where https fails',
      })
      .option('port', { type: 'string', describe: 'where the servers of the discovery pages listen (443)' }),
  run: async ({ app: words, json, insecure: allowInsecure, port: portWord }, context) => {
    const apps = words.map(appOf)
    const port = portOf(portWord)
    const [{ discoverAll }, { HttpClient }] = [
      await import('../../discovery/discover.js'),
      await import('../../http/client.js'),
    ]
    const insecure = { ...context.insecure, ...(allowInsecure && { tls: true, http: true }) }
    const client = new HttpClient({ config: await configOf(context), insecure })
    const options = { insecureHTTP: insecure.http, ...(port !== undefined && { port }) }
    const answers: Required<Pick<Outcome, 'lines' | 'notes' | 'exit'>>[] = []
    try {
      for (const { word, ...app } of apps) {
        try {
          answers.push(answerFor(word, await discoverAll(app, client, options), json))
        } catch (error) {
          if (!(error instanceof RuntimeError)) throw error
          answers.push({ lines: [], notes: noEndpoints(word, error), exit: 1 })
        }
      }
    } finally {
      client.close()
    }
    return {
      lines: answers.flatMap(({ lines }) => lines),
      notes: answers.flatMap(({ notes }) => notes),
      exit: Math.max(...answers.map(({ exit }) => exit)),
    }
  },
}

/** A user who may not read the configuration can still discover images that need no credentials. */
async function configOf({ config, warn }: Context): Promise<Pick<Config, 'authorization'>> {
  try {
    return await config()
  } catch (error) {
    if (!(error instanceof RuntimeError) || !isErrno(error.cause, 'EACCES')) throw error
    warn(`no credentials are used: ${error.message}`)
    return { authorization: () => undefined }
  }
}

function appOf(word: string): { word: string; name: string; labels: ReadonlyMap<string, string> } {
  const reference = parseReference(word)
  if (reference.kind === 'name') return { word, name: reference.name, labels: reference.labels }
  throw new RuntimeError('USAGE', `${word}: an image ID cannot be discovered, only a name`, { hint: 'appc image list' })
}

function portOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  const port = /^\d{1,5}$/.test(word) ? Number(word) : 0
  if (port >= 1 && port <= 65535) return port
  throw new RuntimeError('USAGE', `discover: --port: ${word} is not a number from 1 to 65535`)
}

function answerFor(word: string, { endpoints, keys, failures }: Discovery, json: boolean) {
  const notes = failures.map(({ prefix, message }) => `discover walk: prefix: ${prefix} error: ${message}`)
  const hasEndpoints = endpoints.length > 0
  if (!hasEndpoints) notes.push(`error fetching endpoints for ${word}: discovery failed`)
  return {
    lines: hasEndpoints || keys.length > 0 ? linesOf(endpoints, keys, json) : [],
    notes,
    exit: hasEndpoints ? 0 : 1,
  }
}

function linesOf(endpoints: Discovery['endpoints'], keys: Discovery['keys'], json: boolean): string[] {
  const places = endpoints.map(({ aci, asc }) => ({ ACI: aci.href, ASC: asc.href }))
  const urls = keys.map(({ href }) => href)
  if (json) return visibleJSON({ ACIEndpoints: places, PublicKeys: urls }, 4).split('\n')
  return [
    ...places.map(({ ACI, ASC }) => `ACI: ${ACI}, ASC: ${ASC}`),
    ...(urls.length > 0 ? [`PublicKeys: ${urls.join(',')}`] : []),
  ]
}

const noEndpoints = (word: string, { message, hint }: RuntimeError): string[] => [
  `error fetching endpoints for ${word}: ${message}`,
  ...(hint === undefined ? [] : [`hint: ${hint}`]),
]
