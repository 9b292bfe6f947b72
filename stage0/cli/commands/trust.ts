import { readFileSync } from 'node:fs'
import { plainReason, RuntimeError } from '#schema/errors.js'
import type { InsecureOptions } from '../../config/insecure-options.js'
import { HttpClient } from '../../http/client.js'
import { Keystore } from '../../trust/keystore.js'
import { readKeyring } from '../../trust/read-key.js'
import type { Decision } from '../../trust/decision.js'
import { downloadKeys, type Offer, trustKeys } from '../../trust/review.js'
import { addRevocations } from '../../trust/add-revocations.js'
import { emitLines } from '../output.js'
import type { Command, Context, Outcome } from '../command.js'
import { scopeOf, type ScopeOptions, scopeOptions } from './trust/scope.js'

interface Options extends ScopeOptions {
  readonly key: readonly string[] | undefined
  readonly 'skip-fingerprint-review': boolean
  readonly 'insecure-allow-http': boolean
}

/** The messages are those of rkt. */
export const command: Command<Options> = {
  usage: 'trust [key..]',
  describe:
    'Trusts keys: images that they sign are accepted. Without KEY, the keys that the prefix itself names. ' +
    'A revocation takes back what its key was trusted for. ' +
    'See also: trust list, trust rm.',
  configure: (parser) =>
    scopeOptions(
      parser.positional('key', {
        type: 'string',
        array: true,
        describe: 'files or URLs of public keys, or of revocations',
      }),
    )
      .option('skip-fingerprint-review', {
        type: 'boolean',
        default: false,
        describe: 'trust without showing the fingerprint and asking',
      })
      .option('insecure-allow-http', { type: 'boolean', default: false, describe: 'take keys over plain http' }),
  run: async (options, context) => {
    const prefix = scopeOf(options)
    const keys = options.key ?? []
    if (prefix === undefined && keys.length === 0) throw missingScope(keys)
    const { config } = context
    const insecure = { ...context.insecure, http: options['insecure-allow-http'] || context.insecure.pubkey }
    const client = new HttpClient({ config: await config(), insecure })
    try {
      const sources = keys.length > 0 ? keys : await discoverSources(prefix ?? null, client, insecure.http)
      return await trustAll(sources, prefix, { options, context, client })
    } finally {
      client.close()
    }
  },
}

interface TrustContext {
  readonly options: Options
  readonly context: Context
  readonly client: HttpClient
}

async function trustAll(
  sources: readonly string[],
  prefix: string | null | undefined,
  trustContext: TrustContext,
): Promise<Outcome> {
  const decisions: Decision[] = []
  const failures: unknown[] = []
  for (const source of sources) {
    try {
      decisions.push(...(await trustSource(source, prefix, trustContext)))
    } catch (error) {
      failures.push(error)
    }
  }
  const declined = decisions.filter(({ outcome }) => outcome === 'declined')
  failures.push(
    ...declined.map(({ source }) => new RuntimeError('KEY_UNTRUSTED', `${source}: not trusted, as you say`)),
  )
  return { lines: decisions.flatMap((decision) => linesOf(decision, prefix ?? null)), failures }
}

/**
 * Handles the keys and revocations of one source. Without a prefix, only revocations are accepted.
 */
async function trustSource(
  source: string,
  prefix: string | null | undefined,
  trustContext: TrustContext,
): Promise<Decision[]> {
  const { options, context, client } = trustContext
  const { offer, verified } = await readSource(source, client, context.insecure)
  const keystore = new Keystore(context.configDirs)
  if (prefix === undefined) {
    const { keys, revocations } = await readKeyring(offer.bytes, source)
    if (keys.length > 0) throw missingScope([source])
    return await addRevocations(keystore, { source, revocations })
  }
  const skipsReview = options['skip-fingerprint-review'] || (context.trustKeysFromHTTPS && verified)
  return await trustKeys(keystore, prefix, offer, skipsReview ? 'skip' : 'ask', writeLine)
}

function linesOf({ outcome, fingerprint, paths }: Decision, prefix: string | null): string[] {
  if (outcome === 'revoked' && paths.length === 0) return [`Key ${fingerprint} is known to be revoked`]
  const action =
    outcome === 'revoked'
      ? 'Revoked key'
      : prefix === null
        ? 'Added root key'
        : `Added key for prefix ${JSON.stringify(prefix)}`
  return paths.map((path) => `${action} at ${JSON.stringify(path)}`)
}

/** The bytes of a source, and whether a server's certificate was verified. */
async function readSource(
  source: string,
  client: HttpClient,
  insecure: InsecureOptions,
): Promise<{ offer: Offer; verified: boolean }> {
  if (/^https?:\/\//.test(source)) return await downloadKeys(client, new URL(source), insecure)
  if (/^[a-z]+:\/\//.test(source)) throw new RuntimeError('USAGE', `${source}: neither a file nor an http(s) URL`)
  try {
    return { offer: { source, bytes: readFileSync(source) }, verified: false }
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${source}: cannot read the key: ${plainReason(cause)}`, { cause })
  }
}

/** The URLs of the keys that discovery finds for `prefix` (D5). */
async function discoverSources(prefix: string | null, client: HttpClient, insecureHTTP: boolean): Promise<string[]> {
  if (prefix === null)
    throw new RuntimeError('USAGE', 'trust: --root needs a file or URL of a key', { hint: 'appc trust --root KEYFILE' })
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

function missingScope(keys: readonly string[]): RuntimeError {
  if (keys.length === 0)
    return new RuntimeError('USAGE', 'trust: --prefix or --root must say for which images', {
      hint: 'appc trust --prefix=NAME',
    })
  return new RuntimeError('USAGE', `trust: ${keys.join(', ')}: trusting a key for every image needs --root`, {
    hint: `appc trust --prefix=example.com/app ${keys.join(' ')}`,
  })
}

const writeLine = (line: string): void => void emitLines(2, [line])
