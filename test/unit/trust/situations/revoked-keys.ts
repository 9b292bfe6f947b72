import * as openpgp from 'openpgp'
import { daysAgo, makeKey, type SecretKey } from '../../../helpers/pgp.js'
import {
  type Form,
  issuerID,
  packet,
  packetsOf,
  rawSignature,
  type RawSignature,
  subpacket,
} from '../../../helpers/pgp-packets.js'
import { once, type Planted } from './situation.js'

const { signature: TYPE } = openpgp.enums

/** RSA, which supports every signature version and digest, with a signing subkey. */
export const key = once(() => makeKey({ name: 'revocable', type: 'rsa', rsaBits: 2048, subkeys: [{ sign: true }] }))
export const stranger = once(() => makeKey({ name: 'stranger', type: 'rsa', rsaBits: 2048 }))

/** The revoked part. */
export type Target = 'key' | 'subkey' | 'user ID'

export const TARGETS: readonly Target[] = ['key', 'subkey', 'user ID']

export interface Revocation extends Partial<Omit<RawSignature, 'by'>> {
  readonly of?: Target
  /** The issuer of the revocation; default: the key itself. */
  readonly maker?: () => Promise<SecretKey>
  readonly form?: Form
  /** The packet of the key before which it is inserted; default: after the revoked part. */
  readonly at?: number
  /** 0: none, 1: superseded, 2: compromised, 3: retired, 32: the user ID is no longer valid. */
  readonly reason?: number
  /** Whether its bytes are changed. */
  readonly isBroken?: true
}

/** The order of the key's packets: key, user ID, its signature, subkey, its signature. */
const BEHIND: Readonly<Record<Target, number>> = { key: 1, 'user ID': 3, subkey: 5 }

export async function revocation(wanted: Revocation): Promise<Buffer> {
  const { of = 'key', maker = key, form = 'new', reason = 2, isBroken, ...more } = wanted
  const { keyPacket, subkeys, users } = await key()
  const kinds = {
    key: [TYPE.keyRevocation, { key: keyPacket }],
    subkey: [TYPE.subkeyRevocation, { key: keyPacket, bind: subkeys[0]?.keyPacket }],
    'user ID': [TYPE.certRevocation, { key: keyPacket, userID: users[0]?.userID }],
  } as const
  const [type, data] = kinds[of]
  const reasons = [subpacket(29, Buffer.of(reason))]
  const body = await rawSignature({ by: await maker(), type, data, date: daysAgo(1), hashed: reasons, ...more })
  if (isBroken) body.writeUInt8(body.readUInt8(body.length - 1) ^ 1, body.length - 1)
  return packet(2, body, form)
}

/** The key with these revocations in it. */
export const revoked = (...revocations: readonly Revocation[]): (() => Promise<Planted>) =>
  once(async () => {
    const secret = await key()
    const packets = packetsOf(secret)
    for (const one of revocations) packets.splice(one.at ?? BEHIND[one.of ?? 'key'], 0, await revocation(one))
    return { fingerprint: secret.getFingerprint(), bytes: Buffer.concat(packets) }
  })

interface Naming {
  /** The signer of the revocation key's designation; default: the key itself. */
  readonly by?: () => Promise<SecretKey>
  /** The class bit that a revocation key must have. */
  readonly bit?: 0x80 | 0
}

/** A key, its designated revoker, and a revocation by that revoker. */
export const designated = (revoking: boolean, { by = key, bit = 0x80 }: Naming = {}): (() => Promise<Planted>) =>
  once(async () => {
    const [secret, revoker] = [await key(), await stranger()]
    const [primary = Buffer.alloc(0), ...parts] = packetsOf(secret)
    const data = { key: secret.keyPacket }
    const names = subpacket(12, Buffer.concat([Buffer.of(bit, 1), Buffer.from(revoker.getFingerprint(), 'hex')]))
    const unhashed = [issuerID(secret.getKeyID().toHex())]
    const wanted = { by: await by(), type: TYPE.key, data, date: daysAgo(5), hashed: [names], unhashed }
    const naming = packet(2, await rawSignature(wanted))
    const revoked = revoking ? [await revocation({ maker: stranger })] : []
    return {
      fingerprint: secret.getFingerprint(),
      bytes: Buffer.concat([primary, ...revoked, naming, ...parts]),
    }
  })
