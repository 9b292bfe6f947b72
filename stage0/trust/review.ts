import { RuntimeError } from '#schema/errors.js'
import { visible } from '#schema/visible.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import type { HttpClient } from '../http/client.js'
import { packedBy } from '../http/coding.js'
import { displayURL } from '../http/display-url.js'
import { faultOf, noticesOf, usable } from './key-condition.js'
import type { Keystore } from './keystore.js'
import type { OpenPGP } from './openpgp.js'
import { identitiesOf, MAX_KEY_BYTES, readKeyring, spaced } from './read-key.js'
import type { Decision } from './decision.js'
import { takeRevocations } from './take-revocations.js'
import { askYesNo, hasTerminal } from './terminal.js'

/** Keys that were offered, with where they came from. */
export interface Offer {
  /** A path or a URL, for messages. */
  readonly source: string
  readonly bytes: Uint8Array
}

export type Review =
  | 'ask'
  /** The operator said so, or they came by https and `--trust-keys-from-https` is given. */
  | 'skip'

/** Lines for the operator, on stderr. */
export type Tell = (line: string) => void

/**
 * Adds the keys of `offer` for `prefix` (null: for every image), each after a review of its fingerprint. Without a terminal there is
 * no review: KEY_UNTRUSTED, with the fingerprints and the command to type. Revocations of trusted keys are taken in any case, whatever
 * the keys are trusted for. Errors: KEY_INVALID for a key that is none, or that is expired, revoked or weak, and for a revocation that
 * is not of a trusted key; FILE_UNREADABLE.
 */
export async function trustKeys(
  keystore: Keystore,
  prefix: string | null,
  offer: Offer,
  review: Review,
  tell: Tell,
): Promise<Decision[]> {
  const { source } = offer
  const { keys, revocations } = await readKeyring(offer.bytes, source)
  const decisions = await takeRevocations(keystore, { source, revocations })
  for (const key of keys) await checkOffered(keystore, key, source, tell)
  for (const key of keys) {
    const what = `${quoted(source)} for ${prefix === null ? 'every image' : `prefix ${quoted(prefix)}`}`
    const fingerprint = key.getFingerprint()
    if (review === 'ask') {
      for (const line of describe(key, prefix, source)) tell(line)
      if (!hasTerminal()) throw noTerminal(prefix, source)
      if (!(await askYesNo('Are you sure you want to trust this key'))) {
        tell(`Not trusting ${what}.`)
        decisions.push({ source, fingerprint, outcome: 'declined', paths: [] })
        continue
      }
    }
    tell(`Trusting ${what} ${review === 'ask' ? 'after' : 'without'} fingerprint review.`)
    decisions.push({ source, fingerprint, outcome: 'trusted', paths: [await keystore.add(key, prefix)] })
  }
  return decisions
}

/** Errors: KEY_INVALID for a key that can vouch for nothing; if it was revoked, what trusts it learns that. */
async function checkOffered(keystore: Keystore, key: OpenPGP.PublicKey, source: string, tell: Tell): Promise<void> {
  const offered = await keystore.judged(key)
  const fault = await faultOf(offered)
  if (fault?.state === 'revoked') {
    for (const path of await keystore.noteRevocations(key)) tell(`Revoked key at ${quoted(path)}`)
  }
  await usable(offered.key, undefined, `${source}: holds`, offered.knownRevokers)
  for (const notice of noticesOf(offered)) tell(`warning: ${notice}`)
}

/** How keys that were discovered are dealt with. */
export interface OfferOptions {
  readonly insecure: InsecureOptions
  /** Take keys that came by https unseen. */
  readonly trustKeysFromHTTPS: boolean
  readonly tell?: Tell
}

/**
 * Downloads the keys discovery found for `prefix` and adds those the operator accepts at the terminal; with `trustKeysFromHTTPS` those
 * that came by verified https without asking. Plain http needs the insecure option `pubkey` and a `client` that may speak it.
 * Gives what became of each key; none may have been accepted. Errors: INSECURE_URL, KEY_UNTRUSTED when there is nobody to ask, and
 * those of {@link downloadKeys} and {@link trustKeys}.
 */
export async function offerKeys(
  keystore: Keystore,
  prefix: string,
  urls: readonly URL[],
  client: HttpClient,
  options: OfferOptions,
): Promise<Decision[]> {
  const { insecure, trustKeysFromHTTPS, tell = toStderr } = options
  const decisions: Decision[] = []
  for (const url of urls) {
    if (url.protocol !== 'https:' && !insecure.pubkey) {
      throw new RuntimeError(
        'INSECURE_URL',
        `${visible(url.href)}: keys are not taken over ${url.protocol.slice(0, -1)}`,
        {
          hint: '--insecure-options=pubkey takes them; or look at the key, and: appc trust --prefix=… KEYFILE',
        },
      )
    }
    const { offer, verified } = await downloadKeys(client, url, insecure)
    const review = trustKeysFromHTTPS && verified ? 'skip' : 'ask'
    decisions.push(...(await trustKeys(keystore, prefix, offer, review, tell)))
  }
  return decisions
}

/**
 * Fetches a file of keys. `verified` tells that a server proved to be the one that was asked: https, its certificate checked.
 * Errors: those of {@link HttpClient.bytes}; DOWNLOAD_FAILED for any answer but 200.
 */
export async function downloadKeys(
  client: HttpClient,
  url: URL,
  insecure: InsecureOptions,
): Promise<{ offer: Offer; verified: boolean }> {
  const source = visible(url.href)
  const answer = await client.bytes(url, MAX_KEY_BYTES)
  if (answer.status !== 200) {
    throw new RuntimeError(
      'DOWNLOAD_FAILED',
      `${displayURL(url)}: the server answered ${answer.status} instead of a key`,
    )
  }
  const packed = packedBy(answer.headers, answer.bytes)
  if (packed !== undefined) throw new RuntimeError('KEY_INVALID', `${displayURL(url)}: ${packed}`)
  return { offer: { source, bytes: answer.bytes }, verified: answer.url.protocol === 'https:' && !insecure.tls }
}

/** What the operator compares, in rkt's order. */
function describe(key: OpenPGP.PublicKey, prefix: string | null, source: string): string[] {
  const identities = identitiesOf(key)
  return [
    `prefix: ${quoted(prefix ?? '')}`,
    `key: ${quoted(source)}`,
    `gpg key fingerprint is: ${spaced(key.getFingerprint())}`,
    ...key.subkeys.map((subkey) => `    Subkey fingerprint: ${spaced(subkey.getFingerprint())}`),
    ...(identities.length === 0 ? ['(no user ID)'] : identities).map((identity) => `    ${identity}`),
  ]
}

function noTerminal(prefix: string | null, source: string): RuntimeError {
  const scope = prefix === null ? '--root' : `--prefix=${prefix}`
  return new RuntimeError(
    'KEY_UNTRUSTED',
    `${source}: a key is trusted after a review of its fingerprint, which needs a terminal`,
    {
      hint: `after comparing it yourself: appc trust --skip-fingerprint-review ${scope} ${source}`,
    },
  )
}

const quoted = (text: string): string => JSON.stringify(text)

const toStderr: Tell = (line) => void process.stderr.write(`${line}\n`)
