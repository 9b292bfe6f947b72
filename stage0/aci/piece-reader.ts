/** Reads a stream of pieces of any length in the lengths that are wanted. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** The next `length` bytes in one buffer; fewer only at the end. */
  async take(length: number): Promise<Buffer> {
    if (this.#rest.length >= length) return this.#cut(length)
    const parts: Buffer[] = []
    let missing = length
    for await (const part of this.pass(length)) {
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts, length - missing)
  }

  /** The next `length` bytes as they come; fewer only at the end. */
  async *pass(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0 && (await this.#fill());) {
      const part = this.#cut(Math.min(left, this.#rest.length))
      left -= part.length
      yield part
    }
  }

  /** Reads `length` bytes away. */
  async drop(length: number): Promise<void> {
    for (let left = length; left > 0 && (await this.#fill());) {
      left -= this.#cut(Math.min(left, this.#rest.length)).length
    }
  }

  /** Everything that is left. */
  rest(): AsyncGenerator<Buffer> {
    return this.pass(Infinity)
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
