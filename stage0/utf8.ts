import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'

/** What Bun puts where bytes are no UTF-8. */
const REPLACEMENT = '\ufffd'

/**
 * Refuses arguments whose bytes are no UTF-8: Bun has replaced them already, and an app would get others than were typed. Errors:
 * USAGE.
 */
export function checkArguments(words: readonly string[]): void {
  const suspect = words.find((word) => word.includes(REPLACEMENT))
  // the character itself may have been typed
  if (suspect === undefined || isUtf8(readFileSync('/proc/self/cmdline'))) return
  throw new RuntimeError('USAGE', `${suspect}: an argument is not UTF-8`, {
    hint: 'an app can get other bytes from a file in a volume, or on its standard input',
  })
}

/** Refuses variables of the environment whose bytes are no UTF-8, as {@link checkArguments} does. Errors: USAGE. */
export function checkEnvironment(): void {
  if (!Object.values(process.env).some((value) => value?.includes(REPLACEMENT))) return
  for (const variable of split(readFileSync('/proc/self/environ'))) {
    if (isUtf8(variable)) continue
    const [name = ''] = variable.toString().split('=', 1)
    throw new RuntimeError('USAGE', `--inherit-env: ${name}: its value is not UTF-8`, { hint: `unset ${name}` })
  }
}

/** The text of a file of variables. Errors: USAGE where its bytes are no UTF-8. */
export function textOf(bytes: Uint8Array, file: string): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString()
  throw new RuntimeError('USAGE', `${file}: is not UTF-8`)
}

/** Texts that end with a zero byte each. */
function* split(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length;) {
    const zero = bytes.indexOf(0, start)
    const end = zero === -1 ? bytes.length : zero
    yield bytes.subarray(start, end)
    start = end + 1
  }
}
