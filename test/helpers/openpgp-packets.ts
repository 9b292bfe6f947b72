import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** The types of packets that tests make (RFC 9580, 5). */
export const TAG = { keyForPassphrase: 3, compressed: 8, literal: 11, encrypted: 18, gnupgEncrypted: 20 } as const

/** A packet of the new format, its length in four bytes. */
export function packet(tag: number, ...body: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(body)
  const head = Buffer.of(0xc0 | tag, 0xff, 0, 0, 0, 0)
  head.writeUInt32BE(content.length, 2)
  return Buffer.concat([head, content])
}

/** A packet in pieces of `2 ** exponent` bytes. */
export function inParts(tag: number, content: Buffer, exponent: number): Buffer {
  const parts: Buffer[] = [Buffer.of(0xc0 | tag)]
  let at = 0
  for (; content.length - at > 1 << exponent; at += 1 << exponent) {
    parts.push(Buffer.of(0xe0 | exponent), content.subarray(at, at + (1 << exponent)))
  }
  const last = Buffer.of(0xff, 0, 0, 0, 0)
  last.writeUInt32BE(content.length - at, 1)
  return Buffer.concat([...parts, last, content.subarray(at)])
}

/** A packet of a file's bytes. */
export const literal = (content: Uint8Array, name = '', format = 'b'): Buffer =>
  packet(TAG.literal, Buffer.from(format), Buffer.of(name.length), Buffer.from(name), Buffer.alloc(4), content)

const CIPHERS = { 7: 'aes-128-cfb', 8: 'aes-192-cfb', 9: 'aes-256-cfb' } as const

/** A session key, with the number of its cipher. */
export interface SessionKey {
  readonly cipher: keyof typeof CIPHERS
  readonly key: Buffer
}

/** A new one. */
export const sessionKey = (cipher: SessionKey['cipher'] = 9): SessionKey => ({
  cipher,
  key: randomBytes({ 7: 16, 8: 24, 9: 32 }[cipher]),
})

const sealed = ({ cipher, key }: SessionKey, content: Uint8Array): Buffer =>
  createCipheriv(CIPHERS[cipher], key, Buffer.alloc(16)).update(content)

/** The body of the packet that gives `session` to who knows `passphrase`: a salted digest without rounds. */
export function keyForPassphrase(session: SessionKey, passphrase: string): Buffer {
  const salt = randomBytes(8)
  const { cipher } = session
  const length = session.key.length
  const key = createHash('sha256').update(salt).update(passphrase).digest().subarray(0, length)
  const content = Buffer.concat([Buffer.of(cipher), session.key])
  return packet(TAG.keyForPassphrase, Buffer.of(4, cipher, 1, 8), salt, sealed({ cipher, key }, content))
}

/** A packet with `content` in it, guarded by a digest; `spoil` changes what was made of it before it is encrypted. */
export function guarded(session: SessionKey, content: Uint8Array, spoil = (plain: Buffer): Buffer => plain): Buffer {
  const random = randomBytes(16)
  const plain = Buffer.concat([random, random.subarray(14), content, Buffer.of(0xd3, 0x14)])
  const digest = createHash('sha1').update(plain).digest()
  return packet(TAG.encrypted, Buffer.of(1), sealed(session, spoil(Buffer.concat([plain, digest]))))
}

/** A whole message for `passphrase` with these packets in it. */
export function messageOf(content: Uint8Array, passphrase: string, session = sessionKey()): Buffer {
  return Buffer.concat([keyForPassphrase(session, passphrase), guarded(session, content)])
}
