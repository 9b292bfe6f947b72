import { RuntimeError } from '#schema/errors.js'
import { visible } from '#schema/visible.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import type { HttpClient } from '../http/client.js'
import { compressionProblem } from '../http/coding.js'
import { displayURL } from '../http/display-url.js'
import { faultOf, noticesOf, usableKeyPacket } from './key-condition.js'
import type { Keystore } from './keystore.js'
import type { OpenPGP } from './openpgp.js'
import { identitiesOf, MAX_KEY_BYTES, readKeyring, groupDigits } from './read-key.js'
import type { Decision } from './decision.js'
import { addRevocations } from './add-revocations.js'
import { askYesNo, hasTerminal } from './terminal.js'

/** A file of offered keys, and its source. */
export interface Offer {
  /** A path or a URL, for messages. */
  readonly source: string
  readonly bytes: Uint8Array
}

export type Review =
  | 'ask'
  /** By the operator's option, or for keys from https with `--trust-keys-from-https`. */
  | 'skip'

/** Writes a line for the operator, on stderr. */
export type WriteLine = (line: string) => void

/**
 * Adds the keys of `offer` for `prefix` (null: for every image), each after a review of its
 * fingerprint. Revocations of trusted keys are added without a review, for any prefix. Errors:
 * KEY_UNTRUSTED where a review is needed but there is no terminal (the output has the fingerprints,
 * the hint the command to type), and for a revocation of a key that is not trusted; KEY_INVALID
 * where a key is broken, expired, revoked or weak, and for a revocation that is not valid;
 * FILE_UNREADABLE.
 */
export async function trustKeys(
  keystore: Keystore,
  prefix: string | null,
  offer: Offer,
  review: Review,
  tell: WriteLine,
): Promise<Decision[]> {
  const { source } = offer
  const { keys, revocations } = await readKeyring(offer.bytes, source)
  const decisions = await addRevocations(keystore, { source, revocations })
  for (const key of keys) await checkOffered(keystore, key, source, tell)
  for (const key of keys) {
    const description = `${quote(source)} for ${prefix === null ? 'every image' : `prefix ${quote(prefix)}`}`
    const fingerprint = key.getFingerprint()
    if (review === 'ask') {
      for (const line of describe(key, prefix, source)) tell(line)
      if (!hasTerminal()) throw noTerminal(prefix, source)
      if (!(await askYesNo('Are you sure you want to trust this key'))) {
        tell(`Not trusting ${description}.`)
        decisions.push({ source, fingerprint, outcome: 'declined', paths: [] })
        continue
      }
    }
    tell(`Trusting ${description} ${review === 'ask' ? 'after' : 'without'} fingerprint review.`)
    decisions.push({ source, fingerprint, outcome: 'trusted', paths: [await keystore.add(key, prefix)] })
  }
  return decisions
}

/**
 * Checks an offered key; a revocation is added to the files that trust the key. Errors:
 * KEY_INVALID.
 */
async function checkOffered(
  keystore: Keystore,
  key: OpenPGP.PublicKey,
  source: string,
  tell: WriteLine,
): Promise<void> {
  const offered = await keystore.withKnownRevocations(key)
  const fault = await faultOf(offered)
  if (fault?.state === 'revoked') {
    for (const path of await keystore.noteRevocations(key)) tell(`Revoked key at ${quote(path)}`)
  }
  await usableKeyPacket(offered.key, undefined, `${source}: holds`, offered.knownRevokers)
  for (const notice of noticesOf(offered)) tell(`warning: ${notice}`)
}

/** Options of {@link offerKeys}. */
export interface OfferOptions {
  readonly insecure: InsecureOptions
  /** Trust keys from verified https without a review. */
  readonly trustKeysFromHTTPS: boolean
  readonly tell?: WriteLine
}

/**
 * Downloads the keys that discovery found for `prefix` and adds those that the operator accepts at
 * the terminal; with `trustKeysFromHTTPS`, keys from verified https are added without a question.
 * Plain http needs the insecure option `pubkey` and a `client` that permits it. Returns the result
 * for each key; possibly none was accepted. Errors: INSECURE_URL, KEY_UNTRUSTED where there is no
 * terminal; those of {@link downloadKeys} and {@link trustKeys}.
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
 * Downloads a file of keys. `verified` is true for https with a verified certificate. Errors:
 * DOWNLOAD_FAILED for any status but 200, KEY_INVALID for a compressed file; those of
 * {@link HttpClient.bytes}.
 */
export async function downloadKeys(
  client: HttpClient,
  url: URL,
  insecure: InsecureOptions,
): Promise<{ offer: Offer; verified: boolean }> {
  const source = visible(url.href)
  const response = await client.bytes(url, MAX_KEY_BYTES)
  if (response.status !== 200) {
    throw new RuntimeError(
      'DOWNLOAD_FAILED',
      `${displayURL(url)}: the server answered ${response.status} instead of a key`,
    )
  }
  const packed = compressionProblem(response.headers, response.bytes)
  if (packed !== undefined) throw new RuntimeError('KEY_INVALID', `${displayURL(url)}: ${packed}`)
  return { offer: { source, bytes: response.bytes }, verified: response.url.protocol === 'https:' && !insecure.tls }
}

/** The lines that the operator reviews, in rkt's order. */
function describe(key: OpenPGP.PublicKey, prefix: string | null, source: string): string[] {
  const identities = identitiesOf(key)
  return [
    `prefix: ${quote(prefix ?? '')}`,
    `key: ${quote(source)}`,
    `gpg key fingerprint is: ${groupDigits(key.getFingerprint())}`,
    ...key.subkeys.map((subkey) => `    Subkey fingerprint: ${groupDigits(subkey.getFingerprint())}`),
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

const quote = (text: string): string => JSON.stringify(text)

const toStderr: WriteLine = (line) => void process.stderr.write(`${line}\n`)
