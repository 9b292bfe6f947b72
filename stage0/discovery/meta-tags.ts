import { FlatParser } from './flat-parser.js'

/** A `<meta>` tag of discovery, with its entities decoded. */
export interface MetaTag {
  readonly name: string
  readonly content: string
}

/** Maximum number of discovery tags read from a page: more than any page needs. */
export const MAX_TAGS = 64

/** Reads one page in pieces, and keeps only its discovery tags. */
export class MetaTagReader {
  readonly tags: MetaTag[] = []
  readonly #parser: FlatParser
  #name: string | undefined
  #content: string | undefined
  #inMeta = false

  constructor() {
    this.#parser = new FlatParser({
      onopentagname: (name) => this.#open(name),
      onattribute: (name, value) => this.#attribute(name, value),
      onclosetag: () => this.#end(),
    })
  }

  /** Whether it has the maximum number of tags. */
  get isFull(): boolean {
    return this.tags.length >= MAX_TAGS
  }

  write(text: string): void {
    this.#parser.write(text)
  }

  #open(name: string): void {
    this.#inMeta = name === 'meta'
    this.#name = undefined
    this.#content = undefined
  }

  /** Of a repeated attribute, the first one is used, as in browsers. */
  #attribute(name: string, value: string): void {
    if (!this.#inMeta) return
    if (name === 'name') this.#name ??= value
    else if (name === 'content') this.#content ??= value
  }

  #end(): void {
    const name = this.#name?.trim().toLowerCase()
    if (this.#inMeta && !this.isFull && name?.startsWith('ac-discovery') === true) {
      this.tags.push({ name, content: this.#content ?? '' })
    }
    this.#inMeta = false
  }
}
