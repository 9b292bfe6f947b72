import { createCipheriv } from 'node:crypto'

// The modes of AES that OpenPGP has and BoringSSL does not, block by block: tests need no speed.

const BLOCK = 16

type Permutation = (block: Uint8Array) => Buffer

function aes(key: Buffer): Permutation {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  return (block) => cipher.update(block)
}

const xor = (left: Uint8Array, right: Uint8Array): Buffer =>
  Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)))

const blocksOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / BLOCK) }, (_, at) => bytes.subarray(at * BLOCK, (at + 1) * BLOCK))

/** Encrypts whole blocks with cipher feedback (RFC 9580, 12.9). */
export function sealCFB(key: Buffer, start: Buffer, plain: Uint8Array): Buffer {
  const permute = aes(key)
  const sealed: Buffer[] = []
  for (const block of blocksOf(plain)) sealed.push(xor(block, permute(sealed.at(-1) ?? start)))
  return Buffer.concat(sealed)
}

/** Encrypts with OCB with a nonce of 15 bytes; the tag of 16 bytes is at the end (RFC 7253). */
export function sealOCB(key: Buffer, nonce: Buffer, about: Uint8Array, plain: Uint8Array): Buffer {
  const permute = aes(key)
  const masks = masksOf(permute)
  let offset = firstOffset(permute, nonce)
  let sum: Buffer = Buffer.alloc(BLOCK)
  const sealed: Buffer[] = []
  for (const [at, block] of blocksOf(plain).entries()) {
    const isWhole = block.length === BLOCK
    offset = xor(offset, isWhole ? masks.of(at + 1) : masks.star)
    sum = xor(sum, isWhole ? block : padded(block))
    sealed.push(isWhole ? xor(permute(xor(block, offset)), offset) : xor(block, permute(offset)))
  }
  const tag = xor(permute(xor(xor(sum, offset), masks.dollar)), hash(permute, masks, about))
  return Buffer.concat([...sealed, tag])
}

interface Masks {
  readonly star: Buffer
  readonly dollar: Buffer
  /** The offset of the block with this number, from 1. */
  of(number: number): Buffer
}

function masksOf(permute: Permutation): Masks {
  const star = permute(Buffer.alloc(BLOCK))
  const dollar = doubled(star)
  const of = (number: number): Buffer => (number % 2 === 1 ? doubled(dollar) : doubled(of(number / 2)))
  return { star, dollar, of }
}

function hash(permute: Permutation, masks: Masks, about: Uint8Array): Buffer {
  let offset: Buffer = Buffer.alloc(BLOCK)
  let sum: Buffer = Buffer.alloc(BLOCK)
  for (const [at, block] of blocksOf(about).entries()) {
    offset = xor(offset, block.length === BLOCK ? masks.of(at + 1) : masks.star)
    sum = xor(sum, permute(xor(padded(block), offset)))
  }
  return sum
}

function firstOffset(permute: Permutation, nonce: Buffer): Buffer {
  const block = Buffer.concat([Buffer.of(1), nonce])
  const bottom = (block[BLOCK - 1] ?? 0) & 63
  block[BLOCK - 1] = (block[BLOCK - 1] ?? 0) & 192
  const top = permute(block)
  const stretched = BigInt(`0x${Buffer.concat([top, xor(top.subarray(0, 8), top.subarray(1, 9))]).toString('hex')}`)
  return numbered(BigInt.asUintN(128, stretched >> BigInt(64 - bottom)))
}

/** Doubles a block as an element of the field of 2^128. */
function doubled(block: Buffer): Buffer {
  const twice = BigInt(`0x${block.toString('hex')}`) << 1n
  return numbered(BigInt.asUintN(128, twice) ^ (twice >> 128n === 0n ? 0n : 0x87n))
}

const numbered = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(2 * BLOCK, '0'), 'hex')

/** Pads an incomplete block with a left bit and zeros. */
const padded = (block: Uint8Array): Buffer =>
  block.length === BLOCK
    ? Buffer.from(block)
    : Buffer.concat([block, Buffer.of(0x80), Buffer.alloc(BLOCK - 1 - block.length)])
