/** An error for bytes that are no valid OpenPGP packets. */
export class BrokenMessage extends Error {}

/** Reads a stream of chunks byte by byte. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array()

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The next available bytes, from 1 to `limit`; null at the end. */
  async some(limit: number): Promise<Uint8Array | null> {
    while (this.#held.length === 0) {
      const next = await this.#source.next()
      if (next.done === true) return null
      this.#held = next.value
    }
    const part = this.#held.subarray(0, limit)
    this.#held = this.#held.subarray(limit)
    return part
  }

  /** The next byte; null at the end. */
  async byte(): Promise<number | null> {
    return (await this.some(1))?.[0] ?? null
  }

  /** Exactly `count` bytes, which are held in memory. Errors: BrokenMessage. */
  async exactly(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    for (let left = count; left > 0;) {
      const part = await this.some(left)
      if (part === null) throw new BrokenMessage('it ends too early')
      // the source may reuse the chunk's memory
      parts.push(Uint8Array.from(part))
      left -= part.length
    }
    return Buffer.concat(parts)
  }
}
