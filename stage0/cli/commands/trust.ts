import { readFileSync } from 'node:fs'
import { plainReason, RuntimeError } from '#schema/errors.js'
import { SECURE } from '../../config/insecure-options.js'
import { HttpClient } from '../../http/client.js'
import { Keystore } from '../../trust/keystore.js'
import { type Decision, downloadKeys, type Offer, trustKeys } from '../../trust/review.js'
import { emitLines } from '../output.js'
import type { Command, Context, Outcome } from '../command.js'
import { scopeOf, type ScopeOptions, scopeOptions } from './trust/scope.js'

interface Options extends ScopeOptions {
  readonly key: readonly string[] | undefined
  readonly 'skip-fingerprint-review': boolean
  readonly 'insecure-allow-http': boolean
}

/** The words are rkt's. */
export const command: Command<Options> = {
  usage: 'trust [key..]',
  describe:
    'Trusts keys: what they sign is accepted. Without KEY, those that the prefix itself names. ' +
    'See also: trust list, trust rm.',
  configure: (parser) =>
    scopeOptions(parser.positional('key', { type: 'string', array: true, describe: 'files or URLs of public keys' }))
      .option('skip-fingerprint-review', {
        type: 'boolean',
        default: false,
        describe: 'trust without showing the fingerprint and asking',
      })
      .option('insecure-allow-http', { type: 'boolean', default: false, describe: 'take keys over plain http' }),
  run: async (options, context) => {
    const prefix = scopeOf(options)
    const keys = options.key ?? []
    if (prefix === undefined) throw noScope(keys)
    const { config } = context
    const insecure = { ...context.insecure, http: options['insecure-allow-http'] || context.insecure.pubkey }
    const client = new HttpClient({ config: await config(), insecure })
    try {
      const sources = keys.length > 0 ? keys : await discovered(prefix, client, insecure.http)
      return await trustAll(sources, prefix, { options, context, client })
    } finally {
      client.close()
    }
  },
}

interface Means {
  readonly options: Options
  readonly context: Context
  readonly client: HttpClient
}

async function trustAll(sources: readonly string[], prefix: string | null, means: Means): Promise<Outcome> {
  const { options, context, client } = means
  const keystore = new Keystore(context.configDirs)
  const review = options['skip-fingerprint-review'] ? 'skip' : 'ask'
  const decisions: Decision[] = []
  const failures: unknown[] = []
  for (const source of sources) {
    try {
      const offer = await obtain(source, client)
      decisions.push(...(await trustKeys(keystore, prefix, offer, review, tell)))
    } catch (error) {
      failures.push(error)
    }
  }
  const refused = decisions.filter(({ path }) => path === null)
  failures.push(...refused.map(({ source }) => new RuntimeError('KEY_UNTRUSTED', `${source}: not trusted, as you say`)))
  const lines = decisions.flatMap(({ path }) => (path === null ? [] : [added(path, prefix)]))
  return { lines, failures }
}

const added = (path: string, prefix: string | null): string =>
  prefix === null
    ? `Added root key at ${JSON.stringify(path)}`
    : `Added key for prefix ${JSON.stringify(prefix)} at ${JSON.stringify(path)}`

async function obtain(source: string, client: HttpClient): Promise<Offer> {
  if (/^https?:\/\//.test(source)) return (await downloadKeys(client, new URL(source), SECURE)).offer
  if (/^[a-z]+:\/\//.test(source)) throw new RuntimeError('USAGE', `${source}: neither a file nor an http(s) URL`)
  try {
    return { source, bytes: readFileSync(source) }
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${source}: cannot read the key: ${plainReason(cause)}`, { cause })
  }
}

/** The URLs of the keys that `prefix` names (D5). */
async function discovered(prefix: string | null, client: HttpClient, insecureHTTP: boolean): Promise<string[]> {
  if (prefix === null) throw new RuntimeError('USAGE', 'trust: --root needs a file or URL of a key')
  const { discoverKeys } = await import('../../discovery/discover.js')
  try {
    return (await discoverKeys(prefix, client, { insecureHTTP })).map(({ href }) => href)
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'DISCOVERY_FAILED') throw error
    throw new RuntimeError(error.code, error.message, {
      hint: error.hint ?? `appc trust --prefix=${prefix} KEYFILE`,
      cause: error.cause,
    })
  }
}

function noScope(keys: readonly string[]): RuntimeError {
  if (keys.length === 0) return new RuntimeError('USAGE', 'trust: --prefix or --root must say for which images')
  return new RuntimeError('USAGE', `trust: ${keys.join(', ')}: trusting a key for every image needs --root`, {
    hint: `appc trust --prefix=example.com/app ${keys.join(' ')}`,
  })
}

const tell = (line: string): void => void emitLines(2, [line])
