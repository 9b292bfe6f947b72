import { deflateRawSync, deflateSync } from 'node:zlib'
import {
  armour,
  bodyOf,
  gnupgOCB,
  guarded,
  inParts,
  keyForPassphrase,
  literal,
  messageOf,
  oldPacket,
  packet,
  passphraseAsKey,
  sessionKey,
  TAG,
} from '../../helpers/openpgp-packets.js'

export const PASSPHRASE = 'correct horse'
export const CONTENT = Buffer.from(Array.from({ length: 90 }, (_, at) => `line ${at} of an image\n`).join(''))

/** One message, and the expected result. */
export interface Row {
  readonly about: string
  readonly message: Buffer
  readonly passphrase?: string
  /** Our error message; absent: the message is read and its content is {@link CONTENT}. */
  readonly refused?: RegExp
  /** Why gpg's verdict differs. */
  readonly why?: string
}

const CHANGED = /it was changed since it was encrypted$/
const TOO_EARLY = /it ends too early$/
const WRONG = /the passphrase does not open it/
const FOLLOWS = /something follows it$/
const INSIDE_FOLLOWS = /something follows the file in it$/
const NO_PACKETS = /it is not made of packets$/

const file = literal(CONTENT)
const zipped = (content: Buffer): Buffer => packet(TAG.compressed, Buffer.of(1), deflateRawSync(content))
const zlibbed = (content: Buffer): Buffer => packet(TAG.compressed, Buffer.of(2), deflateSync(content))
const of = (...inside: readonly Buffer[]): Buffer => messageOf(Buffer.concat(inside), PASSPHRASE)

const insides = (): Row[] => {
  const about = (what: string, message: Buffer, refused?: RegExp, why?: string): Row => ({
    about: `inside: ${what}`,
    message,
    ...(refused && { refused }),
    ...(why !== undefined && { why }),
  })
  const strict = 'ours takes one file and nothing else, for whoever reads on would see another one'
  const damaged = zlibbed(file)
  damaged[20] = (damaged[20] ?? 0) ^ 0xff
  return [
    about('a file', of(file)),
    about('an empty file name, and one of 255 bytes', of(literal(CONTENT, 'n'.repeat(255)))),
    about('zip', of(zipped(file))),
    about('zlib', of(zlibbed(file))),
    about(
      'compression that says it is none',
      of(packet(TAG.compressed, Buffer.of(0), file)),
      /compression is not known/,
      strict,
    ),
    about('an unknown compression', of(packet(TAG.compressed, Buffer.of(9), file)), /compression is not known/),
    about('damaged compression', of(damaged), /its compression is$/),
    about(
      'cut compression',
      of(packet(TAG.compressed, Buffer.of(1), deflateRawSync(file).subarray(0, -9))),
      /its compression is$/,
    ),
    about(
      'bytes behind compression',
      of(packet(TAG.compressed, Buffer.of(2), deflateSync(file), Buffer.from('x'))),
      INSIDE_FOLLOWS,
      strict,
    ),
    about('compressed twice', of(zlibbed(zipped(file))), /compressed more than once$/, strict),
    about('two files', of(file, file), INSIDE_FOLLOWS),
    about('two files, compressed', of(zipped(Buffer.concat([file, file]))), INSIDE_FOLLOWS),
    about('a file and a byte', of(file, Buffer.of(0)), INSIDE_FOLLOWS),
    about('a file and padding', of(file, packet(21, Buffer.alloc(8))), INSIDE_FOLLOWS, strict),
    about('a marker and a file', of(packet(10, Buffer.from('PGP')), file), /no file is in it$/, strict),
    about('nothing', of(), /no file is in it$/),
    about('no packets', of(Buffer.from('plain text')), NO_PACKETS),
    about('an encrypted message', of(of(file)), /it holds another encrypted message/, 'an image is encrypted once'),
    about('a file that is longer than it says', of(file.subarray(0, -5)), TOO_EARLY),
    about(
      'a text',
      of(literal(CONTENT, '', 't')),
      /it holds a text/,
      'the line ends of a text are not those of the file',
    ),
    about('a text in UTF-8', of(literal(CONTENT, '', 'u')), /it holds a text/, 'the same'),
    about(
      'a local file',
      of(literal(CONTENT, '', 'l')),
      /it holds a text/,
      'a form of the nineties, of which nothing says how it is meant',
    ),
    ...([1, 2, 4, 0] as const)
      .filter((length) => length !== 1)
      .map((length) =>
        about(`a file in the old format, length in ${length} bytes`, of(oldPacket(TAG.literal, bodyOf(file), length))),
      ),
    ...[0, 3, 9, 10].map((exponent) =>
      about(`a file in parts of ${2 ** exponent} bytes`, of(inParts(TAG.literal, bodyOf(file), exponent))),
    ),
    about(
      'a compressed file in the old format, without a length',
      of(oldPacket(TAG.compressed, bodyOf(zlibbed(file)), 0)),
    ),
    about('a compressed file in parts', of(inParts(TAG.compressed, bodyOf(zlibbed(file)), 6))),
  ]
}

const keys = (): Row[] => {
  const session = sessionKey()
  const body = guarded(session, file)
  const right = keyForPassphrase(session, PASSPHRASE)
  const other = (): Buffer => keyForPassphrase(session, 'another one')
  const made = (about: string, heads: readonly Buffer[], refused?: RegExp, why?: string): Row => ({
    about: `keys: ${about}`,
    message: Buffer.concat([...heads, body]),
    ...(refused && { refused }),
    ...(why !== undefined && { why }),
  })
  const first = 'gpg 2.2 tries the first one alone'
  const forKey = packet(1, Buffer.of(3), Buffer.alloc(8, 7), Buffer.of(1, 0, 8, 0xff))
  const digests: readonly (readonly [number, string])[] = [
    [1, 'md5'],
    [2, 'sha1'],
    [3, 'ripemd160'],
    [8, 'sha256'],
    [9, 'sha384'],
    [10, 'sha512'],
    [11, 'sha224'],
  ]
  return [
    made('one passphrase', [right]),
    made('the first of two passphrases', [right, other()]),
    made('the second of two passphrases', [other(), right], undefined, first),
    made('the last of sixteen', [...Array.from({ length: 15 }, other), right], undefined, first),
    made('seventeen', [...Array.from({ length: 16 }, other), right], /more than 16 passphrases$/),
    made('a key and a passphrase', [forKey, right]),
    made('a passphrase and a key', [right, forKey]),
    made('a key alone', [forKey], /encrypted, but not with a passphrase$/),
    made('none', [], /encrypted, but not with a passphrase$/),
    made('a packet of an unknown version', [packet(3, Buffer.of(9, 9, 0, 8))], /unknown version$/),
    made('an unknown digest', [packet(3, Buffer.of(4, 9, 0, 99))], /not known$/),
    made('an unknown way', [packet(3, Buffer.of(4, 9, 77, 8))], /not known$/),
    made(
      'an unknown cipher',
      [packet(3, Buffer.of(4, 99, 0, 8))],
      /encrypted with the unknown cipher 99, not with AES$/,
    ),
    made('a packet without content', [packet(3)], /damaged$/),
    made('a head without end', [packet(1, Buffer.alloc(70_000)), right], /its head is too long$/),
    { about: 'keys: a wrong passphrase', message: Buffer.concat([right, body]), passphrase: 'wrong', refused: WRONG },
    { about: 'keys: no passphrase', message: Buffer.concat([right, body]), passphrase: '', refused: WRONG },
    ...digests.flatMap((digest) =>
      ([0, 1, 3] as const).flatMap((type) =>
        ([7, 8, 9] as const).map((cipher): Row => {
          const { head, session: own } = passphraseAsKey(PASSPHRASE, { digest, type, cipher })
          return {
            about: `keys: ${digest[1]}, type ${type}, cipher ${cipher}`,
            message: Buffer.concat([head, guarded(own, file)]),
          }
        }),
      ),
    ),
    ...['', 'ü', '合言葉', ' with blanks ', 'x'.repeat(200), 'tab\t"quotes" \\'].flatMap((passphrase): Row[] => {
      const { head, session: own } = passphraseAsKey(passphrase, { type: 3 })
      const message = Buffer.concat([head, guarded(own, file)])
      return [
        {
          about: `keys: the passphrase "${passphrase}"`,
          message,
          passphrase,
          ...(passphrase === '' && { why: 'gpg asks for one where it is empty; appc does before it decrypts' }),
        },
        { about: `keys: not the passphrase "${passphrase}"`, message, passphrase: `${passphrase}x`, refused: WRONG },
      ]
    }),
  ]
}

const frames = (): Row[] => {
  const session = sessionKey()
  const head = keyForPassphrase(session, PASSPHRASE)
  const body = guarded(session, file)
  const made = (about: string, message: readonly Buffer[], refused?: RegExp, why?: string): Row => ({
    about: `frame: ${about}`,
    message: Buffer.concat(message),
    ...(refused && { refused }),
    ...(why !== undefined && { why }),
  })
  const spoilt = (about: string, spoil: (plain: Buffer) => Buffer, refused: RegExp): Row =>
    made(about, [head, guarded(session, file, spoil)], refused)
  const flipped = (at: number) => (plain: Buffer) => {
    const place = at < 0 ? plain.length + at : at
    plain[place] = (plain[place] ?? 0) ^ 1
    return plain
  }
  const version = (number: number): Buffer => {
    const changed = Buffer.from(body)
    changed[6] = number
    return changed
  }
  const untagged = Buffer.from(body)
  untagged[0] = 0xc9
  return [
    ...[9, 10, 11].map((exponent) =>
      made(`parts of ${2 ** exponent} bytes`, [head, inParts(TAG.encrypted, bodyOf(body), exponent)]),
    ),
    ...[0, 5].map((exponent) =>
      made(`parts of ${2 ** exponent} bytes`, [head, inParts(TAG.encrypted, bodyOf(body), exponent)]),
    ),
    spoilt('a changed digest', flipped(-1), CHANGED),
    spoilt('a changed head of the digest', flipped(-22), CHANGED),
    spoilt('a changed byte', flipped(200), CHANGED),
    spoilt('a changed packet head', flipped(18), CHANGED),
    spoilt('a changed prefix', flipped(3), CHANGED),
    spoilt('another check of the key', flipped(16), WRONG),
    spoilt('no digest', (plain) => plain.subarray(0, -22), CHANGED),
    spoilt('half a digest', (plain) => plain.subarray(0, -10), CHANGED),
    spoilt('something behind the digest', (plain) => Buffer.concat([plain, Buffer.from('x')]), CHANGED),
    spoilt('nothing but a prefix', (plain) => plain.subarray(0, 18), TOO_EARLY),
    made('version 0', [head, version(0)], /its version is not known$/),
    made('version 3', [head, version(3)], /its version is not known$/),
    made('no guard', [head, untagged], /nothing guards it against changes$/),
    made('a byte behind it', [head, body, Buffer.of(0)], FOLLOWS),
    made('text behind it', [head, body, Buffer.from('more')], FOLLOWS),
    made('a message behind it', [head, body, head, body], FOLLOWS),
    made(
      'a file in the place of what is encrypted',
      [head, file],
      /nothing encrypted is in it$/,
      'what is not encrypted is no part of an encrypted image',
    ),
    made('a file before it', [file, head, body], /nothing encrypted is in it$/),
    made('nothing', [], /it is empty$/),
    made('a head alone', [head], TOO_EARLY),
    ...Array.from({ length: 24 }, (_, number) => {
      const whole = Buffer.concat([head, body])
      const at = head.length + 8 + Math.floor((number * (body.length - 8)) / 24)
      whole[at] = (whole[at] ?? 0) ^ 0x20
      return made(`byte ${at} changed`, [whole], at < head.length + 25 ? /changed|does not open/ : CHANGED)
    }),
    ...Array.from({ length: 20 }, (_, number) => {
      const whole = Buffer.concat([head, body])
      const length = 1 + Math.floor((number * whole.length) / 20)
      return made(`cut after ${length} bytes`, [whole.subarray(0, length)], TOO_EARLY)
    }),
  ]
}

const armours = (): Row[] => {
  const message = of(file)
  const text = armour(message)
  const made = (about: string, changed: string, refused?: RegExp, why?: string): Row => ({
    about: `armour: ${about}`,
    message: Buffer.from(changed),
    ...(refused && { refused }),
    ...(why !== undefined && { why }),
  })
  const lines = text.split('\n')
  const without = (at: number): string => lines.toSpliced(at, 1).join('\n')
  const sumless = 'the message guards itself better than the checksum of 24 bits; RFC 9580, 6.1 says not to look at it'
  return [
    made('as it is', text),
    made('without a checksum', armour(message, { checksum: false })),
    made('a wrong checksum', text.replace(/\n=..../, '\n=AAAA'), undefined, sumless),
    made('with \\r\\n', armour(message, { end: '\r\n' })),
    made('a blank line before it', `\n${text}`),
    made('three blank lines before it', `\n \n\t\r\n${text}`),
    made('blank lines and \\r\\n before it', `\r\n\r\n${armour(message, { end: '\r\n' })}`),
    made('blank lines behind it', `${text}\n\n`),
    made('blanks behind its first line', text.replace('MESSAGE-----', 'MESSAGE-----  ')),
    made('headers', text.replace('\n\n', '\nVersion: 1\nComment: two\n\n')),
    made('no line end at its end', text.trimEnd()),
    made(
      'text before it',
      `Hello\n${text}`,
      /its armour does not begin as one$/,
      'a file with text before its armour is not told from an archive',
    ),
    made('text behind it', `${text}Bye\n`, FOLLOWS, 'what stands behind the message is not guarded'),
    made('another one behind it', `${text}${text}`, FOLLOWS),
    made('no blank line behind its head', without(1), TOO_EARLY),
    made('no last line', lines.slice(0, -2).join('\n'), TOO_EARLY),
    made('no last line and no checksum', lines.slice(0, -3).join('\n'), TOO_EARLY, 'the same'),
    made('a line too few', without(20), /changed|too early|broken/),
    made(
      'a character that is none',
      text.replace(lines[10] ?? '', `!${(lines[10] ?? '').slice(1)}`),
      /its armour is damaged$/,
    ),
    made('cut in the middle', text.slice(0, 1500), TOO_EARLY),
    made(
      'lines of four characters',
      `-----BEGIN PGP MESSAGE-----\n\n${message.toString('base64').replace(/(.{4})/g, '$1\n')}\n-----END PGP MESSAGE-----\n`,
    ),
    made(
      'one long line',
      `-----BEGIN PGP MESSAGE-----\n\n${'x'.repeat(5000)}\n-----END PGP MESSAGE-----\n`,
      /its armour has no lines$/,
    ),
    made(
      'the armour of a key',
      armour(message, { kind: 'PUBLIC KEY BLOCK' }),
      /its armour does not begin as one$/,
      'its first line says that it is something else',
    ),
    made(
      'the armour of a signature',
      armour(message, { kind: 'SIGNATURE' }),
      /its armour does not begin as one$/,
      'its first line says that it is something else',
    ),
    made('no message in it', armour(Buffer.from('text')), /it is not made of packets$/),
    made('nothing in it', armour(Buffer.alloc(0)), TOO_EARLY),
    made('a file in it', armour(file), /nothing encrypted is in it$/, 'what is not encrypted is no encrypted image'),
  ]
}

const pieces = (): Row[] => {
  const made = (about: string, message: Buffer, refused?: RegExp, passphrase?: string): Row => ({
    about: `OCB: ${about}`,
    message,
    ...(refused && { refused }),
    ...(passphrase !== undefined && { passphrase }),
  })
  const session = sessionKey()
  const head = keyForPassphrase(session, PASSPHRASE)
  const whole = Buffer.concat([head, gnupgOCB(session, file, 4)])
  const changed = (at: number): Buffer => {
    const copy = Buffer.from(whole)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  return [
    ...([7, 8, 9] as const).flatMap((cipher) =>
      [0, 4, 10, 16].map((coded) => {
        const own = sessionKey(cipher)
        const message = Buffer.concat([keyForPassphrase(own, PASSPHRASE), gnupgOCB(own, file, coded)])
        return made(`cipher ${cipher}, pieces of ${2 ** (coded + 6)} bytes`, message)
      }),
    ),
    made('a compressed file', Buffer.concat([head, gnupgOCB(session, zlibbed(file), 2)])),
    made('a wrong passphrase', whole, WRONG, 'wrong'),
    made('the first piece changed', changed(head.length + 40), WRONG),
    made('a later piece changed', changed(head.length + 1400), CHANGED),
    made('the last tag changed', changed(whole.length - 1), CHANGED),
    made('cut', whole.subarray(0, -20), TOO_EARLY),
  ]
}

/** All rows that are made without gpg. */
export const madeRows = (): Row[] => [...insides(), ...keys(), ...frames(), ...armours(), ...pieces()]
