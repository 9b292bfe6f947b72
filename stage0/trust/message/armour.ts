import { BrokenMessage } from './bytes.js'

/** The first line of an armoured message. */
export const ARMOUR = '-----BEGIN PGP MESSAGE-----'

const END = '-----END PGP MESSAGE-----'

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The bytes of an armoured message; its checksum is not looked at, the message guards itself. Errors: BrokenMessage. */
export async function* unarmoured(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let place: 'first' | 'head' | 'body' | 'end' | 'behind' = 'first'
  let waiting = ''
  for await (const untrimmed of linesOf(source)) {
    const line = untrimmed.trimEnd()
    if (place === 'first') {
      if (line !== ARMOUR) throw new BrokenMessage('its armour does not begin as one')
      place = 'head'
    } else if (place === 'head') {
      if (line === '') place = 'body'
    } else if (line === END && place !== 'behind') {
      yield Buffer.from(waiting, 'base64')
      place = 'behind'
    } else if (place === 'behind') {
      if (line !== '') throw new BrokenMessage('something follows it')
    } else if (line.startsWith('=')) {
      place = 'end'
    } else if (place === 'end' || !BASE64.test(line) || waiting.endsWith('=')) {
      throw new BrokenMessage('its armour is damaged')
    } else {
      waiting += line
      const whole = waiting.length - (waiting.length % 4)
      if (whole < 1 << 14 || waiting.endsWith('=')) continue
      yield Buffer.from(waiting.slice(0, whole), 'base64')
      waiting = waiting.slice(whole)
    }
  }
  if (place !== 'behind') throw new BrokenMessage('it ends too early')
}

/** An armoured line has 76 characters at most. */
const MAX_LINE = 4096

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  let open = ''
  for await (const chunk of source) {
    const lines = (open + Buffer.from(chunk).toString('latin1')).split('\n')
    open = lines.pop() ?? ''
    if (open.length > MAX_LINE) throw new BrokenMessage('its armour has no lines')
    yield* lines
  }
  yield open
}
