/** A range of addresses: those that begin with the first `length` bits of `bits`. */
export interface Prefix {
  readonly isIPv6: boolean
  readonly bits: bigint
  readonly length: number
}

/** The prefix in a text like `10.72.0.0/16`; null where it is none. */
export function parsePrefix(text: string): Prefix | null {
  const [, address = '', digits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? []
  const isIPv6 = address.includes(':')
  const bits = isIPv6 ? bitsOfIPv6(address) : bitsOfIPv4(address)
  const length = Number(digits)
  return bits === null || digits === '' || length > width(isIPv6) ? null : { isIPv6, bits, length }
}

/** Whether two prefixes have addresses in common. */
export function meet(one: Prefix, another: Prefix): boolean {
  if (one.isIPv6 !== another.isIPv6) return false
  const shift = BigInt(width(one.isIPv6) - Math.min(one.length, another.length))
  return one.bits >> shift === another.bits >> shift
}

/** A prefix as text. */
export function formatPrefix({ isIPv6, bits, length }: Prefix): string {
  if (!isIPv6) return `${[24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.')}/${length}`
  const groups = bits.toString(16).padStart(32, '0').match(/.{4}/g) ?? []
  return `${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}/${length}`
}

const width = (isIPv6: boolean): number => (isIPv6 ? 128 : 32)

function bitsOfIPv4(text: string): bigint | null {
  const bytes = text.split('.').map(Number)
  if (bytes.length !== 4 || !bytes.every((byte) => Number.isInteger(byte) && byte < 256)) return null
  return bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
}

function bitsOfIPv6(text: string): bigint | null {
  if (!URL.canParse(`http://[${text}]`)) return null
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [head = [], tail = []] = canonical.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
}
