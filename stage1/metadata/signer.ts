import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Signs for one pod, and verifies what any pod of this host has signed. */
export interface Signer {
  /** The signature of the content by this pod, in base64. */
  readonly sign: (content: Buffer) => string
  /** Whether the pod `uuid` has signed the content. */
  readonly verify: (content: Buffer, uuid: string, signature: string) => boolean
}

/**
 * Makes the signer of the pod `uuid`. The key of a pod is an HMAC of its UUID, so that nobody needs
 * to store it: it is the same after a restart, and after the end of the pod. The first of `secrets`
 * signs, all of them verify.
 */
export function openSigner(uuid: string, secrets: readonly Buffer[]): Signer {
  const [newest] = secrets
  if (newest === undefined) throw new Error('no secret to sign with')
  return {
    sign: (content) => signature(newest, uuid, content),
    verify: (content, signer, given) =>
      UUID.test(signer) &&
      // Each secret is tried, so that the time says nothing about which one fits.
      secrets.map((secret) => isEqual(signature(secret, signer, content), given)).includes(true),
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** HMAC-SHA512 with the key of the pod (SPEC, Identity Endpoint). */
function signature(secret: Buffer, uuid: string, content: Buffer): string {
  const key = createHmac('sha512', secret).update(uuid.toLowerCase()).digest()
  return createHmac('sha512', key).update(content).digest('base64')
}

/** Compares two texts of any length; the time does not depend on where they differ. */
export function isEqual(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
