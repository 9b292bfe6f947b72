// D-Bus Specification, Marshaling. This module replaces dbus-next's marshaller, which takes as long
// for the start call as systemd takes to handle the call.

/** The value of a `v`, with its type. */
export interface Variant {
  readonly signature: string
  readonly value: unknown
}

/** Number types: their size in bytes, which is also their alignment, and how they are written. */
const NUMBERS: Readonly<
  Record<string, { readonly size: number; readonly write: (to: Buffer, value: never, at: number) => void }>
> = {
  y: { size: 1, write: (to, value: number, at) => to.writeUInt8(value, at) },
  b: { size: 4, write: (to, value: boolean, at) => to.writeUInt32LE(value ? 1 : 0, at) },
  i: { size: 4, write: (to, value: number, at) => to.writeInt32LE(value, at) },
  u: { size: 4, write: (to, value: number, at) => to.writeUInt32LE(value, at) },
  t: { size: 8, write: (to, value: bigint, at) => to.writeBigUInt64LE(value, at) },
}

/** Types that are aligned to 8 bytes. */
const WIDE = '(t'

/**
 * Encodes `values` by a signature of the types y, b, i, u, t, s, o, g, v, arrays and structs.
 * Numbers are numbers, but t is a bigint; arrays and structs are arrays, ay also bytes. Errors:
 * Error for another type.
 */
export function encode(signature: string, values: readonly unknown[]): Buffer {
  const writer = new Writer()
  let at = 0
  for (const value of values) at = writer.write(signature, at, value)
  return writer.written()
}

class Writer {
  #bytes = Buffer.alloc(4096)
  #length = 0

  written(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /**
   * Writes a value of the type that begins at `at` in the signature; gives where the next type
   * begins.
   */
  write(signature: string, at: number, value: unknown): number {
    const type = signature.charAt(at)
    switch (type) {
      case 's':
      case 'o':
        this.#string(value as string)
        return at + 1
      case 'g':
        this.#signature(value as string)
        return at + 1
      case 'v': {
        const variant = value as Variant
        this.#signature(variant.signature)
        this.write(variant.signature, 0, variant.value)
        return at + 1
      }
      case '(':
        return this.#struct(signature, at + 1, value as readonly unknown[])
      case 'a':
        return this.#array(signature, at + 1, value as Iterable<unknown>)
      default: {
        const number = NUMBERS[type]
        if (number === undefined) throw new Error(`D-Bus type ${type} of ${signature} is not known`)
        // Space is reserved first, because that may replace the buffer.
        const start = this.#reserve(number.size, number.size)
        number.write(this.#bytes, value as never, start)
        return at + 1
      }
    }
  }

  #struct(signature: string, first: number, values: readonly unknown[]): number {
    this.#reserve(8, 0)
    let at = first
    for (const value of values) at = this.write(signature, at, value)
    return at + 1
  }

  #array(signature: string, element: number, values: Iterable<unknown>): number {
    const size = this.#reserve(4, 4)
    const start = this.#reserve(WIDE.includes(signature.charAt(element)) ? 8 : 1, 0)
    for (const value of values) this.write(signature, element, value)
    this.#bytes.writeUInt32LE(this.#length - start, size)
    return endOfType(signature, element)
  }

  #string(text: string): void {
    const size = Buffer.byteLength(text)
    const at = this.#reserve(4, 4 + size + 1)
    this.#bytes.writeUInt32LE(size, at)
    this.#bytes.write(text, at + 4)
  }

  #signature(text: string): void {
    const at = this.#reserve(1, 1 + text.length + 1)
    this.#bytes.writeUInt8(text.length, at)
    this.#bytes.write(text, at + 1)
  }

  /**
   * Reserves `size` bytes, all of them 0, at the next multiple of `alignment`; gives their offset.
   */
  #reserve(alignment: number, size: number): number {
    const at = (this.#length + alignment - 1) & -alignment
    this.#length = at + size
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.alloc(this.#length * 2)
      this.#bytes.copy(larger)
      this.#bytes = larger
    }
    return at
  }
}

/** The index in the signature at which the type ends that begins at `at`. */
function endOfType(signature: string, at: number): number {
  const type = signature.charAt(at)
  if (type === 'a') return endOfType(signature, at + 1)
  if (type !== '(') return at + 1
  let inside = at + 1
  while (signature.charAt(inside) !== ')') {
    if (inside >= signature.length) throw new Error(`D-Bus signature ${signature} ends too early`)
    inside = endOfType(signature, inside)
  }
  return inside + 1
}
