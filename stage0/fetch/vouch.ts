import { RuntimeError } from '#schema/errors.js'
import type { Body } from '../download/download.js'
import type { VerifiedSigner } from '../trust/verify.js'
import type { Session } from './session.js'
import { downloadSignature, noSignature, readSignature } from './signature.js'

/** An image whose signature is asked for. */
export interface Vouched {
  /** What messages call the image file. */
  readonly subject: string
  /** The image's name, where it is known. */
  readonly name?: string
  /** Where the signature is: on a server or in a file. */
  readonly signature: URL | string
  /** An image depends on it. */
  readonly byImage?: true
  /** Where keys are that may be offered for trust, should none be trusted for the name. */
  readonly keys: () => Promise<readonly URL[]>
}

/** A signature that was asked for before its image. */
export interface Announced {
  readonly vouched: Vouched
  /** null if the server puts it off (202). */
  readonly bytes: Uint8Array | null
}

/**
 * Gets the signature before the image is there, and refuses at once one whose maker cannot vouch for the image. Errors: SIGNATURE_MISSING, SIGNATURE_INVALID, KEY_UNTRUSTED, KEY_INVALID, and those of HttpClient.
 */
export async function announce(session: Session, vouched: Vouched): Promise<Announced> {
  const { signature } = vouched
  const bytes =
    typeof signature === 'string' ? readSignature(signature) : await downloadSignature(session, signature, vouched)
  if (bytes !== null) await identify(session, vouched, bytes)
  return { vouched, bytes }
}

/** Checks the file open at `fd`. Asks once more for a signature that was put off. Errors: those of {@link announce}. */
export async function verify(
  session: Session,
  { vouched, bytes: announced }: Announced,
  { fd, growth }: Pick<Body, 'fd'> & Partial<Body>,
): Promise<VerifiedSigner> {
  const { subject } = vouched
  const bytes = announced ?? (await announce(session, vouched)).bytes
  if (bytes === null) throw noSignature(subject, 'the server still has no signature (status 202)')
  const { verifySignature } = await import('../trust/verify.js')
  const { warn } = session.options
  const file = { path: `/proc/self/fd/${fd}`, ...(growth && { growth }), warn, ...wanted(vouched) }
  const signer = await verifySignature(await session.keystore(), file, bytes)
  session.options.log('good signature', { image: subject, signer: signer.identity, key: signer.fingerprint })
  return signer
}

async function identify(session: Session, vouched: Vouched, signature: Uint8Array): Promise<void> {
  const { identifySigner } = await import('../trust/verify.js')
  const keystore = await session.keystore()
  try {
    await identifySigner(keystore, wanted(vouched), signature)
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'KEY_UNTRUSTED') throw error
    if (!(await offer(session, vouched))) throw error
    await identifySigner(keystore, wanted(vouched), signature)
  }
}

/** Offers the keys that discovery finds, where there is none yet for the name. False where there is nothing to offer. */
async function offer(session: Session, { name, keys: find, byImage }: Vouched): Promise<boolean> {
  const keystore = await session.keystore()
  if (name === undefined || keystore.hasPrefixKeyFor(name)) return false
  const keys = await find()
  if (keys.length === 0) return false
  const { offerKeys } = await import('../trust/review.js')
  const { insecure, trustKeysFromHTTPS } = session.options
  await session.ask(async () => {
    // another image of that name may have asked meanwhile
    if (keystore.hasPrefixKeyFor(name)) return
    await offerKeys(keystore, name, keys, await session.keyClient(byImage && { byImage }), {
      insecure,
      trustKeysFromHTTPS,
    })
  })
  return true
}

const wanted = ({ subject, name }: Vouched): { subject: string; imageName?: string } => ({
  subject,
  ...(name !== undefined && { imageName: name }),
})
