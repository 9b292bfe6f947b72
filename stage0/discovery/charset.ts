import { FlatParser } from './flat-parser.js'

/** Where a page may tell its own encoding (the HTML standard's "prescan"). */
const PRESCAN_BYTES = 1024

const MARKS: readonly (readonly [encoding: string, ...bytes: readonly number[]])[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-16be', 0xfe, 0xff],
  ['utf-16le', 0xff, 0xfe],
]

/**
 * Turns a page's bytes into text as browsers do: by its byte order mark, else the charset of its Content-Type, else that of a
 * `<meta>` in its first kilobyte, else as UTF-8.
 */
export class PageDecoder {
  readonly #contentType: string
  #first: Buffer | undefined = Buffer.alloc(0)
  #decoder: TextDecoder | undefined

  constructor(contentType: string | undefined) {
    this.#contentType = contentType ?? ''
  }

  /** The text of these bytes, as far as it can be told by now. */
  decode(bytes: Uint8Array): string {
    if (this.#first === undefined) return this.#text(bytes)
    this.#first = Buffer.concat([this.#first, bytes])
    return this.#first.length < PRESCAN_BYTES ? '' : this.#begin()
  }

  /** The rest. */
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
  const mark = MARKS.find(([, ...bytes]) => bytes.every((byte, index) => first[index] === byte))
  return mark?.[0] ?? known(charsetIn(contentType)) ?? prescan(first.subarray(0, PRESCAN_BYTES)) ?? 'utf-8'
}

/** The charset that a content type names. */
const charsetIn = (contentType: string): string | undefined =>
  /charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))/i.exec(contentType)?.slice(1).find(Boolean)

/** What a `<meta>` says; the first one with an encoding that exists counts. */
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
      if (isMeta) found ??= ofASCII(known(metaCharset(attributes)))
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

/** An encoding by any name the web has for it. */
function known(label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  try {
    return new TextDecoder(label.trim()).encoding
  } catch {
    return undefined
  }
}

/** Whoever reads a `<meta>` byte by byte has no UTF-16 before him. */
const ofASCII = (encoding: string | undefined): string | undefined =>
  encoding?.startsWith('utf-16') === true ? 'utf-8' : encoding
