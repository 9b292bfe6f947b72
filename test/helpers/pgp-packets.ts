import * as openpgp from 'openpgp'
import { daysAgo, type SecretKey } from './pgp.js'

/** How a packet's header specifies where its body ends. */
export type Form = 'new' | 'old' | 'old-long' | 'five-octets' | 'partial' | 'indeterminate'

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const newLength = (length: number): Buffer =>
  length < 192 ? Buffer.of(length) : Buffer.of(((length - 192) >> 8) + 192, (length - 192) & 0xff)

/** One packet with a header of this form. */
export function packet(tag: number, body: Uint8Array, form: Form = 'new'): Buffer {
  const old = 0x80 | (tag << 2)
  switch (form) {
    case 'new':
      return Buffer.concat([Buffer.of(0xc0 | tag), newLength(body.length), body])
    case 'five-octets':
      return Buffer.concat([Buffer.of(0xc0 | tag, 255), u32(body.length), body])
    case 'old':
      return Buffer.concat([Buffer.of(old | 1), u32(body.length).subarray(2), body])
    case 'old-long':
      return Buffer.concat([Buffer.of(old | 2), u32(body.length), body])
    case 'indeterminate':
      return Buffer.concat([Buffer.of(old | 3), body])
    case 'partial':
      // A first part of 64 bytes.
      return Buffer.concat([
        Buffer.of(0xc0 | tag, 224 | 6),
        body.subarray(0, 64),
        newLength(body.length - 64),
        body.subarray(64),
      ])
  }
}

/** A subpacket of a signature. */
export const subpacket = (type: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(body.length + 1, type), body])

export const issuerID = (keyID: string): Buffer => subpacket(16, Buffer.from(keyID, 'hex'))
export const issuerFingerprint = (fingerprint: string): Buffer =>
  subpacket(33, Buffer.concat([Buffer.of(4), Buffer.from(fingerprint, 'hex')]))

/** The properties of a signature, down to its bytes. */
export interface RawSignature {
  readonly by: SecretKey
  /** Index of the parts of `by`: the key itself (0) or a subkey. */
  readonly part?: number
  readonly type: openpgp.enums.signature
  /** What openpgp can sign: `{ key }`, `{ key, bind }`, `{ key, userID }`, a literal. */
  readonly data: object
  readonly version?: 3 | 4 | 6
  readonly hash?: openpgp.enums.hash
  readonly date?: Date
  /** Signed subpackets after the date, in place of the usual ones. */
  readonly hashed?: readonly Uint8Array[]
  /** Unsigned subpackets. */
  readonly unhashed?: readonly Uint8Array[]
}

interface Signing {
  version: number
  toSign(type: number, data: object): Uint8Array
  sign(...words: unknown[]): Promise<void>
  writeParams(): Uint8Array
  write(): Uint8Array
}

const CONFIG = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false }

/** Creates the body of a signature packet. */
export async function rawSignature(properties: RawSignature): Promise<Buffer> {
  const { by, part = 0, type, data, version = 4, hash = openpgp.enums.hash.sha512, date = daysAgo(1) } = properties
  const key = [by, ...by.subkeys][part]?.keyPacket as openpgp.SecretKeyPacket
  const made = new openpgp.SignaturePacket()
  Object.assign(made, { signatureType: type, publicKeyAlgorithm: key.algorithm, hashAlgorithm: hash })
  const signing = made as unknown as Signing
  const seconds = u32(Math.floor(date.getTime() / 1000))
  const [keyID, fingerprint] = [key.getKeyID().toHex(), key.getFingerprint()]
  if (version === 3) {
    const signed = Buffer.concat([Buffer.of(type), seconds])
    Object.assign(made, { toHash: (of: number, what: object) => Buffer.concat([signing.toSign(of, what), signed]) })
    await signing.sign(key, data, date, true, CONFIG)
    const head = [Buffer.of(3, 5), signed, Buffer.from(keyID, 'hex'), Buffer.of(key.algorithm, hash)]
    return Buffer.concat([...head, made.signedHashValue ?? Buffer.alloc(2), signing.writeParams()])
  }
  const { hashed = [issuerFingerprint(fingerprint)], unhashed = [issuerID(keyID)] } = properties
  const area = Buffer.concat([subpacket(2, seconds), ...hashed])
  const length = u32(area.length)
  Object.assign(made, {
    writeHashedSubPackets: () => Buffer.concat([version === 6 ? length : length.subarray(2), area]),
  })
  await signing.sign(version === key.version ? key : withVersion(key, version), data, date, true, CONFIG)
  made.unhashedSubpackets = unhashed.map((one) => ({ type: one[1] ?? 0, critical: false, body: one.subarray(2) }))
  return Buffer.from(signing.write())
}

/** A key that signs as if it had another version. */
const withVersion = (key: openpgp.SecretKeyPacket, version: number): openpgp.SecretKeyPacket =>
  Object.assign(Object.create(Object.getPrototypeOf(key) as object) as openpgp.SecretKeyPacket, key, { version })

/** Creates the body of a detached signature of these bytes. */
export async function rawDetached(bytes: Uint8Array, properties: Omit<RawSignature, 'type' | 'data'>): Promise<Buffer> {
  const message = await openpgp.createMessage({ binary: new Uint8Array(bytes) })
  const [data] = message.packets as unknown as object[]
  if (data === undefined) throw new Error('a message without content')
  return await rawSignature({ ...properties, type: openpgp.enums.signature.binary, data })
}

/** The packets of a key in order: the bytes of each. */
export const packetsOf = (key: openpgp.Key): Buffer[] =>
  [...key.toPublic().toPacketList()].map((one) =>
    packet((one.constructor as unknown as { tag: number }).tag, one.write()),
  )

export const armoured = (kind: openpgp.enums.armor, bytes: Uint8Array): Buffer =>
  Buffer.from(openpgp.armor(kind, bytes))
