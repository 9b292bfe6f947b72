import { packet, issuerFingerprint, issuerID, rawDetached } from '../../../helpers/pgp-packets.js'
import { binary, signBytes } from '../../../helpers/pgp.js'
import { BYTES, good, other, rows, type Situation, type Situations, withSubkey } from './situation.js'

/** The issuer that a signature names: key a made it, key b is also trusted, key x is unknown. */
type Named = 'a' | 'b' | 'x' | 'zero' | null

const ID: Readonly<Record<'x' | 'zero', string>> = { x: '0123456789abcdef', zero: '0000000000000000' }

async function idOf(named: Named): Promise<Uint8Array[]> {
  if (named === null) return []
  if (named === 'x' || named === 'zero') return [issuerID(ID[named])]
  return [issuerID((await (named === 'a' ? good() : other())).getKeyID().toHex())]
}

async function fingerprintOf(named: Named): Promise<Uint8Array[]> {
  if (named === null) return []
  if (named === 'x' || named === 'zero') return [issuerFingerprint((named === 'x' ? '07' : '00').repeat(20))]
  return [issuerFingerprint((await (named === 'a' ? good() : other())).getFingerprint())]
}

const signed =
  (fingerprint: Named, id: Named, where: 'hashed' | 'unhashed' = 'hashed') =>
  async (): Promise<Uint8Array> => {
    const first = await fingerprintOf(fingerprint)
    const hashed = where === 'hashed' ? first : []
    const unhashed = [...(where === 'unhashed' ? first : []), ...(await idOf(id))]
    return packet(2, await rawDetached(BYTES, { by: await good(), hashed, unhashed }))
  }

const TRUSTED = [
  ['local', 'example.com', good],
  ['local', 'example.com', other],
] as const

type Row = readonly [fingerprint: Named, id: Named, more: Partial<Situation>]

const CONTRADICTION = [
  'SIGNATURE_INVALID',
  /the signature names key [0-9a-f]{40} and the key ID [0-9a-f]{16}, which are not one key$/,
] as const
const OTHERS = 'gpg looks at the fingerprint alone where it knows it; nobody makes such signatures'
const FALLS_BACK = 'gpg looks at the ID where it does not know the fingerprint; nobody makes such signatures'

const ROWS: readonly Row[] = [
  ['a', 'a', {}],
  ['a', null, {}],
  [null, 'a', {}],
  [null, null, { refused: ['SIGNATURE_INVALID', /the signature does not say whose it is$/] }],
  [null, 'zero', { refused: ['SIGNATURE_INVALID', /the signature does not say whose it is$/] }],
  [null, 'x', { refused: ['KEY_UNTRUSTED', /signed by key 0123456789abcdef, which is not trusted for/] }],
  [null, 'b', { refused: ['SIGNATURE_INVALID', /the signature by key .* \(other .*\) is of other bytes$/] }],
  ['b', 'b', { refused: ['SIGNATURE_INVALID', /the signature by key .* \(other .*\) is of other bytes$/] }],
  ['x', 'x', { refused: ['KEY_UNTRUSTED', /signed by key (07){20}, which is not trusted for/] }],
  ['x', null, { refused: ['KEY_UNTRUSTED', /signed by key (07){20}, which is not trusted for/] }],
  ['a', 'x', { refused: CONTRADICTION, gpgDiffers: OTHERS }],
  ['a', 'b', { refused: CONTRADICTION, gpgDiffers: OTHERS }],
  ['a', 'zero', { refused: CONTRADICTION, gpgDiffers: OTHERS }],
  ['x', 'a', { refused: CONTRADICTION, gpgDiffers: FALLS_BACK }],
  ['b', 'a', { refused: CONTRADICTION }],
]

/** The issuer that a signature names. */
export const ISSUERS: Situations = {
  ...rows(ROWS, ([fingerprint, id, more]) => [
    `by key a, with the fingerprint of ${fingerprint ?? 'none'} and the ID of ${id ?? 'none'}`,
    { trusted: TRUSTED, signature: signed(fingerprint, id), ...more },
  ]),
  'a fingerprint that is not signed': {
    trusted: TRUSTED,
    signature: signed('a', 'a', 'unhashed'),
  },
  'a fingerprint that is not signed, and no ID': {
    trusted: TRUSTED,
    signature: signed('a', null, 'unhashed'),
    gpgDiffers: 'gpg looks only for signed fingerprints; whether the key fits is seen by the signature',
  },
  "a subkey's signature under the primary key's name": {
    trusted: [['local', null, withSubkey]],
    signature: async () => {
      const key = await withSubkey()
      const names = { hashed: [issuerFingerprint(key.getFingerprint())], unhashed: [issuerID(key.getKeyID().toHex())] }
      return packet(2, await rawDetached(BYTES, { by: key, part: 1, ...names }))
    },
    refused: ['SIGNATURE_INVALID', /is of other bytes$/],
  },
  "somebody else's signature under a trusted name": {
    trusted: TRUSTED,
    signature: async () => {
      const forged = await signBytes(await other(), BYTES)
      const real = await signBytes(await good(), BYTES)
      Object.assign(forged, { signatureData: real.signatureData, issuerKeyID: real.issuerKeyID })
      return binary(forged)
    },
    refused: ['SIGNATURE_INVALID', /is of other bytes$/],
  },
}
