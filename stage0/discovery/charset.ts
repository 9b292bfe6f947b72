import { FlatParser } from './flat-parser.js'

/** Number of bytes in which a page may declare its own encoding (the HTML standard's "prescan"). */
const PRESCAN_BYTES = 1024

const BYTE_ORDER_MARKS: readonly (readonly [encoding: string, ...bytes: readonly number[]])[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-16be', 0xfe, 0xff],
  ['utf-16le', 0xff, 0xfe],
]

/**
 * Decodes a page's bytes as browsers do: by its byte order mark, else by the charset of its
 * Content-Type, else by that of a `<meta>` in its first 1024 bytes, else as UTF-8.
 */
export class PageDecoder {
  readonly #contentType: string
  #first: Buffer | undefined = Buffer.alloc(0)
  #decoder: TextDecoder | undefined

  constructor(contentType: string | undefined) {
    this.#contentType = contentType ?? ''
  }

  /** Decodes the next bytes; returns the text that can be decoded now. */
  decode(bytes: Uint8Array): string {
    if (this.#first === undefined) return this.#text(bytes)
    this.#first = Buffer.concat([this.#first, bytes])
    return this.#first.length < PRESCAN_BYTES ? '' : this.#begin()
  }

  /** Ends the input; returns the rest of the text. */
  end(): string {
    const rest = this.#begin()
    return rest + (this.#decoder?.decode() ?? '')
  }

  #begin(): string {
    const first = this.#first
    this.#first = undefined
    return first === undefined ? '' : this.#text(first, encodingOf(first, this.#contentType))
  }

  #text(bytes: Uint8Array, encoding = 'utf-8'): string {
    return (this.#decoder ??= new TextDecoder(encoding)).decode(bytes, { stream: true })
  }
}

function encodingOf(first: Buffer, contentType: string): string {
  const mark = BYTE_ORDER_MARKS.find(([, ...bytes]) => bytes.every((byte, index) => first[index] === byte))
  return mark?.[0] ?? encodingNamed(charsetIn(contentType)) ?? prescan(first.subarray(0, PRESCAN_BYTES)) ?? 'utf-8'
}

/** The charset in a content type; undefined if there is none. */
const charsetIn = (contentType: string): string | undefined =>
  /charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))/i.exec(contentType)?.slice(1).find(Boolean)

/** The encoding of the first `<meta>` that names an existing one. */
function prescan(first: Buffer): string | undefined {
  let found: string | undefined
  let isMeta = false
  let attributes = new Map<string, string>()
  const parser = new FlatParser({
    onopentagname: (name) => {
      isMeta = name === 'meta'
      attributes = new Map()
    },
    onattribute: (name, value) => {
      if (!attributes.has(name)) attributes.set(name, value)
    },
    onclosetag: () => {
      if (isMeta) found ??= withoutUTF16(encodingNamed(metaCharset(attributes)))
      isMeta = false
    },
  })
  parser.write(first.toString('latin1'))
  return found
}

function metaCharset(attributes: ReadonlyMap<string, string>): string | undefined {
  const charset = attributes.get('charset')
  if (charset !== undefined) return charset
  const isContentType = attributes.get('http-equiv')?.toLowerCase() === 'content-type'
  return isContentType ? charsetIn(attributes.get('content') ?? '') : undefined
}

/** The encoding of any label that the web has for it; undefined for an unknown label. */
function encodingNamed(label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  try {
    return new TextDecoder(label.trim()).encoding
  } catch {
    return undefined
  }
}

/**
 * UTF-8 instead of UTF-16: a page in UTF-16 could not have a `<meta>` that is readable as ASCII.
 */
const withoutUTF16 = (encoding: string | undefined): string | undefined =>
  encoding?.startsWith('utf-16') === true ? 'utf-8' : encoding
