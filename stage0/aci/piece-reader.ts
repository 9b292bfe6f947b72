/** Reads a stream of pieces of any length in lengths that the caller chooses. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** The next `length` bytes in one buffer; fewer only at the end of the stream. */
  async read(length: number): Promise<Buffer> {
    if (this.#rest.length >= length) return this.#cut(length)
    const parts: Buffer[] = []
    let missing = length
    for await (const part of this.stream(length)) {
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts, length - missing)
  }

  /** The next `length` bytes in pieces of any length; fewer only at the end of the stream. */
  async *stream(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0 && (await this.#fill());) {
      const part = this.#cut(Math.min(left, this.#rest.length))
      left -= part.length
      yield part
    }
  }

  /** Skips `length` bytes. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0 && (await this.#fill());) {
      left -= this.#cut(Math.min(left, this.#rest.length)).length
    }
  }

  /** The remaining bytes of the stream. */
  rest(): AsyncGenerator<Buffer> {
    return this.stream(Infinity)
  }

  #cut(length: number): Buffer {
    const part = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return part
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces.next()
      if (next.done === true) return false
      this.#rest = next.value
    }
    return true
  }
}
