import { RuntimeError } from '#schema/errors.js'
import type { Body } from '../download/download.js'
import type { VerifiedSigner } from '../trust/verify.js'
import type { Session } from './session.js'
import { downloadSignature, noSignature, readSignature } from './signature.js'

/** A request for the signature of an image. */
export interface SignatureRequest {
  /** The name of the image file in messages. */
  readonly subject: string
  /** The image's name, where it is known. */
  readonly name?: string
  /** Where the signature is: on a server or in a file. */
  readonly signature: URL | string
  /** Set if another image depends on the image. */
  readonly byImage?: true
  /** Finds the URLs of keys that are offered for trust if no key is trusted for the name. */
  readonly keys: () => Promise<readonly URL[]>
}

/** A signature that was requested before its image. */
export interface EarlySignature {
  readonly request: SignatureRequest
  /** null if the server defers the signature (202). */
  readonly bytes: Uint8Array | null
}

/**
 * Obtains the signature before the image, and refuses at once one whose signer cannot vouch for the
 * image. Errors: SIGNATURE_MISSING, SIGNATURE_INVALID, KEY_UNTRUSTED, KEY_INVALID; those of
 * HttpClient.
 */
export async function obtainSignature(session: Session, request: SignatureRequest): Promise<EarlySignature> {
  const { signature } = request
  const bytes =
    typeof signature === 'string' ? readSignature(signature) : await downloadSignature(session, signature, request)
  if (bytes !== null) await identify(session, request, bytes)
  return { request, bytes }
}

/**
 * Verifies the signature of the file open at `fd`. Requests a deferred signature once more. Errors:
 * those of {@link obtainSignature} and verifySignature.
 */
export async function verify(
  session: Session,
  { request, bytes: earlyBytes }: EarlySignature,
  { fd, growth }: Pick<Body, 'fd'> & Partial<Body>,
): Promise<VerifiedSigner> {
  const { subject } = request
  const bytes = earlyBytes ?? (await obtainSignature(session, request)).bytes
  if (bytes === null) throw noSignature(subject, 'the server still has no signature (status 202)')
  const { verifySignature } = await import('../trust/verify.js')
  const { warn } = session.options
  const file = { path: `/proc/self/fd/${fd}`, ...(growth && { growth }), warn, ...signatureSubject(request) }
  const signer = await verifySignature(await session.keystore(), file, bytes)
  session.options.log('good signature', { image: subject, signer: signer.identity, key: signer.fingerprint })
  return signer
}

async function identify(session: Session, request: SignatureRequest, signature: Uint8Array): Promise<void> {
  const { identifySigner } = await import('../trust/verify.js')
  const keystore = await session.keystore()
  try {
    await identifySigner(keystore, signatureSubject(request), signature)
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'KEY_UNTRUSTED') throw error
    if (!(await offerKeysFor(session, request))) throw error
    await identifySigner(keystore, signatureSubject(request), signature)
  }
}

/**
 * Offers discovered keys if no key is trusted for the name yet. Returns false if there are none.
 */
async function offerKeysFor(session: Session, { name, keys: find, byImage }: SignatureRequest): Promise<boolean> {
  const keystore = await session.keystore()
  if (name === undefined || keystore.hasPrefixKeyFor(name)) return false
  const keys = await find()
  if (keys.length === 0) return false
  const { offerKeys } = await import('../trust/review.js')
  const { insecure, trustKeysFromHTTPS } = session.options
  await session.ask(async () => {
    // the fetch of another image may have added a key for the name in the meantime
    if (keystore.hasPrefixKeyFor(name)) return
    await offerKeys(keystore, name, keys, await session.keyClient(byImage && { byImage }), {
      insecure,
      trustKeysFromHTTPS,
    })
  })
  return true
}

const signatureSubject = ({ subject, name }: SignatureRequest): { subject: string; imageName?: string } => ({
  subject,
  ...(name !== undefined && { imageName: name }),
})
