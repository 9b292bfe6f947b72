import { randomBytes } from 'node:crypto'
import { loadOpenPGP } from '../openpgp.js'
import { WrongKey } from './bytes.js'
import { isCipher, type SessionKey } from './integrity.js'

/** An encrypted packet of version 1 without content, in the place of the one the keys are for. */
const PLACEHOLDER = Buffer.of(0xd2, 1, 1)

/**
 * The session keys that `passphrase` gives with the packets `heads` (SKESK, headers included): candidates, since not every such
 * packet tells a wrong passphrase. Errors: WrongKey, also for a cipher other than AES, which A6 asks for.
 */
export async function sessionKeys(heads: readonly Buffer[], passphrase: string): Promise<SessionKey[]> {
  const { decryptSessionKeys, readMessage } = await loadOpenPGP()
  const binaryMessage = Buffer.concat([...heads, PLACEHOLDER])
  let found: { data: Uint8Array; algorithm: string | null }[]
  try {
    const message = await readMessage({ binaryMessage: new Uint8Array(binaryMessage) })
    found = await decryptSessionKeys({ message, passwords: [passphrase] })
  } catch (cause) {
    throw new WrongKey('', { cause })
  }
  const keys = found.flatMap(({ data, algorithm }) => (isCipher(algorithm) ? [{ data, algorithm }] : []))
  // a wrong passphrase gives any cipher
  if (keys.length === 0) throw new WrongKey('unless it is encrypted with another cipher than AES')
  return keys
}

/** A new session key, and the packet that gives it to who knows `passphrase`. */
export async function newSessionKey(passphrase: string): Promise<{ key: SessionKey; head: Uint8Array }> {
  const { encryptSessionKey } = await loadOpenPGP()
  const key = { algorithm: 'aes256', data: new Uint8Array(randomBytes(32)) } as const
  const head = await encryptSessionKey({
    ...key,
    passwords: [passphrase],
    format: 'binary',
    config: { aeadProtect: false },
  })
  return { key, head }
}
