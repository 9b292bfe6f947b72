import { BrokenMessage } from './bytes.js'

/** The first line of an armoured message. */
export const ARMOUR = '-----BEGIN PGP MESSAGE-----'

/** The bytes of an armoured message; its checksum is not looked at, the message guards itself. Errors: BrokenMessage. */
export async function* unarmoured(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let place: 'head' | 'body' = 'head'
  let waiting = ''
  for await (const line of linesOf(source)) {
    if (place === 'head') {
      if (line.trim() === '') place = 'body'
      continue
    }
    if (line.startsWith('-----END') || line.startsWith('=')) {
      yield Buffer.from(waiting, 'base64')
      return
    }
    waiting += line.trim()
    const whole = waiting.length - (waiting.length % 4)
    if (whole < 1 << 14) continue
    yield Buffer.from(waiting.slice(0, whole), 'base64')
    waiting = waiting.slice(whole)
  }
  throw new BrokenMessage('it ends too early')
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
