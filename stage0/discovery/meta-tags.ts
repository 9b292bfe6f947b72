import { FlatParser } from './flat-parser.js'

/** A `<meta>` of discovery, entities decoded. */
export interface MetaTag {
  readonly name: string
  readonly content: string
}

/** More tags of discovery than a page can need; what comes after them is not read. */
export const MAX_TAGS = 64

/** Reads one page piece by piece, keeping its tags of discovery and nothing else. */
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

  /** As many tags as are read. */
  get full(): boolean {
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

  /** Of an attribute given twice the first one counts, as in every browser. */
  #attribute(name: string, value: string): void {
    if (!this.#inMeta) return
    if (name === 'name') this.#name ??= value
    else if (name === 'content') this.#content ??= value
  }

  #end(): void {
    const name = this.#name?.trim().toLowerCase()
    if (this.#inMeta && !this.full && name?.startsWith('ac-discovery') === true) {
      this.tags.push({ name, content: this.#content ?? '' })
    }
    this.#inMeta = false
  }
}
