import { createHash, randomBytes } from 'node:crypto'
import { sealCFB, sealOCB } from './aes-modes.js'

/** The types of packets that tests create (RFC 9580, 5). */
export const TAG = { keyForPassphrase: 3, compressed: 8, literal: 11, encrypted: 18, gnupgEncrypted: 20 } as const

/** A packet of the new format with a length of four bytes. */
export function packet(tag: number, ...body: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(body)
  const head = Buffer.of(0xc0 | tag, 0xff, 0, 0, 0, 0)
  head.writeUInt32BE(content.length, 2)
  return Buffer.concat([head, content])
}

/** A packet in parts of `2 ** exponent` bytes. */
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

/** A literal packet with a file's bytes. */
export const literal = (content: Uint8Array, name = '', format = 'b'): Buffer =>
  packet(TAG.literal, Buffer.from(format), Buffer.of(name.length), Buffer.from(name), Buffer.alloc(4), content)

/** A session key, with the number of its cipher. */
export interface SessionKey {
  readonly cipher: 7 | 8 | 9
  readonly key: Buffer
}

/** Creates a session key. */
export const sessionKey = (cipher: SessionKey['cipher'] = 9): SessionKey => ({
  cipher,
  key: randomBytes({ 7: 16, 8: 24, 9: 32 }[cipher]),
})

const sealed = ({ key }: SessionKey, content: Uint8Array): Buffer => sealCFB(key, Buffer.alloc(16), content)

/**
 * The packet that makes the passphrase itself the session key: a digest of the kind `digest`, with
 * a specifier of type 0, 1 or 3.
 */
export function passphraseAsKey(
  passphrase: string,
  { cipher = 9, digest = [8, 'sha256'], type = 1 }: PassphraseKey = {},
): { readonly head: Buffer; readonly session: SessionKey } {
  const salt = type === 0 ? Buffer.alloc(0) : randomBytes(8)
  const once = Buffer.concat([salt, Buffer.from(passphrase)])
  // Type 3 with the lowest count: 1024 bytes.
  const count = type === 3 ? Math.max(1024, once.length) : once.length
  const text = Buffer.alloc(count, once)
  const length = { 7: 16, 8: 24, 9: 32 }[cipher]
  const parts: Buffer[] = []
  for (let zeros = 0; Buffer.concat(parts).length < length; zeros++)
    parts.push(createHash(digest[1]).update(Buffer.alloc(zeros)).update(text).digest())
  const key = Buffer.concat(parts).subarray(0, length)
  const rounds = type === 3 ? Buffer.of(0) : Buffer.alloc(0)
  const head = packet(TAG.keyForPassphrase, Buffer.of(4, cipher, type, digest[0]), salt, rounds)
  return { head, session: { cipher, key } }
}

interface PassphraseKey {
  readonly cipher?: SessionKey['cipher']
  /** Its number and name. */
  readonly digest?: readonly [number, string]
  readonly type?: 0 | 1 | 3
}

/** The packet that encrypts `session` with `passphrase`: a salted digest without rounds. */
export function keyForPassphrase(session: SessionKey, passphrase: string): Buffer {
  const salt = randomBytes(8)
  const { cipher } = session
  const length = session.key.length
  const key = createHash('sha256').update(salt).update(passphrase).digest().subarray(0, length)
  const content = Buffer.concat([Buffer.of(cipher), session.key])
  return packet(TAG.keyForPassphrase, Buffer.of(4, cipher, 1, 8), salt, sealed({ cipher, key }, content))
}

/**
 * A packet with `content` in it, authenticated by a digest; `spoil` changes the plain text before
 * it is encrypted.
 */
export function guarded(session: SessionKey, content: Uint8Array, spoil = (plain: Buffer): Buffer => plain): Buffer {
  const random = randomBytes(16)
  const plain = Buffer.concat([random, random.subarray(14), content, Buffer.of(0xd3, 0x14)])
  const digest = createHash('sha1').update(plain).digest()
  return packet(TAG.encrypted, Buffer.of(1), sealed(session, spoil(Buffer.concat([plain, digest]))))
}

/** A complete message for `passphrase` with these packets in it. */
export function messageOf(content: Uint8Array, passphrase: string, session = sessionKey()): Buffer {
  return Buffer.concat([keyForPassphrase(session, passphrase), guarded(session, content)])
}

/**
 * A packet of the old format, with this number of length bytes; without any, it extends to the end.
 */
export function oldPacket(tag: number, content: Buffer, lengthBytes: 1 | 2 | 4 | 0): Buffer {
  const head = Buffer.of(0x80 | (tag << 2) | { 1: 0, 2: 1, 4: 2, 0: 3 }[lengthBytes])
  const length = Buffer.alloc(lengthBytes)
  if (lengthBytes > 0) length.writeUIntBE(content.length, 0, lengthBytes)
  return Buffer.concat([head, length, content])
}

/** The body of a packet from {@link packet}. */
export const bodyOf = (made: Buffer): Buffer => made.subarray(6)

/** OpenPGP's armour (RFC 9580, 6), with its checksum or without. */
export function armour(message: Buffer, { end = '\n', checksum = true, kind = 'MESSAGE' } = {}): string {
  const lines = message.toString('base64').match(/.{1,64}/g) ?? []
  const sum = Buffer.alloc(3)
  sum.writeUIntBE(crc24(message), 0, 3)
  const last = checksum ? [`=${sum.toString('base64')}`] : []
  return [`-----BEGIN PGP ${kind}-----`, '', ...lines, ...last, `-----END PGP ${kind}-----`, ''].join(end)
}

function crc24(bytes: Buffer): number {
  let crc = 0xb704ce
  for (const byte of bytes) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x800000) !== 0 ? 0x1864cfb : 0)
  }
  return crc & 0xffffff
}

/**
 * GnuPG's packet with authenticated encryption in mode OCB (type 20), in parts of `2 ** (coded +
 * 6)` bytes.
 */
export function gnupgOCB({ cipher, key }: SessionKey, content: Buffer, coded = 10): Buffer {
  const head = Buffer.of(1, cipher, 2, coded)
  const start = randomBytes(15)
  const about = Buffer.concat([Buffer.of(0xd4), head])
  const seal = (number: number, piece: Buffer, behind: Buffer): Buffer => {
    const count = Buffer.alloc(8)
    count.writeUInt32BE(number, 4)
    const nonce = Buffer.from(start)
    for (const [at, byte] of count.entries()) nonce[at + 7] = (nonce[at + 7] ?? 0) ^ byte
    return sealOCB(key, nonce, Buffer.concat([about, count, behind]), piece)
  }
  const size = 1 << (coded + 6)
  const pieces: Buffer[] = []
  for (let at = 0; at < content.length; at += size)
    pieces.push(seal(pieces.length, content.subarray(at, at + size), Buffer.alloc(0)))
  const total = Buffer.alloc(8)
  total.writeUInt32BE(content.length, 4)
  return packet(TAG.gnupgEncrypted, head, start, ...pieces, seal(pieces.length, Buffer.alloc(0), total))
}
