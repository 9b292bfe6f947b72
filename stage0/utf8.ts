import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'

/** The character that Bun inserts for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd'

/**
 * Checks that the bytes of all arguments are UTF-8. Bun has already replaced other bytes, so the
 * app would get an argument that the user did not type. Errors: USAGE.
 */
export function checkArguments(words: readonly string[]): void {
  const suspect = words.find((word) => word.includes(REPLACEMENT))
  // the user may have typed this character
  if (suspect === undefined || isUtf8(readFileSync('/proc/self/cmdline'))) return
  throw new RuntimeError('USAGE', `${suspect}: an argument is not UTF-8`, {
    hint: 'an app can get other bytes from a file in a volume, or on its standard input',
  })
}

/**
 * Checks that the values of all environment variables are UTF-8, for the same reason as
 * {@link checkArguments}. Errors: USAGE.
 */
export function checkEnvironment(): void {
  if (!Object.values(process.env).some((value) => value?.includes(REPLACEMENT))) return
  for (const variable of split(readFileSync('/proc/self/environ'))) {
    if (isUtf8(variable)) continue
    const [name = ''] = variable.toString().split('=', 1)
    throw new RuntimeError('USAGE', `--inherit-env: ${name}: its value is not UTF-8`, { hint: `unset ${name}` })
  }
}

/** Decodes the bytes of an environment file. Errors: USAGE where the bytes are not UTF-8. */
export function textOf(bytes: Uint8Array, file: string): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString()
  throw new RuntimeError('USAGE', `${file}: is not UTF-8`)
}

/** Splits bytes into texts that each end with a zero byte. */
function* split(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length;) {
    const zero = bytes.indexOf(0, start)
    const end = zero === -1 ? bytes.length : zero
    yield bytes.subarray(start, end)
    start = end + 1
  }
}
