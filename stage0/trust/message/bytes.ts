/** Bytes that are not the packets they should be. */
export class BrokenMessage extends Error {}

/** Reads a stream of pieces by the byte. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array()

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Whatever is there, at most `limit` bytes (at least 1); null at the end. */
  async some(limit: number): Promise<Uint8Array | null> {
    while (this.#held.length === 0) {
      const next = await this.#source.next()
      if (next.done === true) return null
      this.#held = next.value
    }
    const taken = this.#held.subarray(0, limit)
    this.#held = this.#held.subarray(limit)
    return taken
  }

  /** The next byte; null at the end. */
  async byte(): Promise<number | null> {
    return (await this.some(1))?.[0] ?? null
  }

  /** Exactly `count` bytes, which must be few. Errors: BrokenMessage. */
  async exactly(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    for (let left = count; left > 0;) {
      const part = await this.some(left)
      if (part === null) throw new BrokenMessage('it ends too early')
      // the source may use its memory again
      parts.push(Uint8Array.from(part))
      left -= part.length
    }
    return Buffer.concat(parts)
  }
}
