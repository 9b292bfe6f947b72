import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { messageOf } from './openpgp-packets.js'
import { gpgHome } from './pgp.js'
import { scratch } from './scratch.js'

export const PASSPHRASE = 'correct horse'

/** Options of gpg for encrypting; each results in another form of message. */
const MESSAGES: readonly (readonly string[])[] = [
  [],
  ['--compress-algo=none'],
  ['--compress-algo=zip'],
  ['--compress-algo=zlib'],
  ['--compress-algo=bzip2'],
  ['--cipher-algo=AES', '--compress-algo=none'],
  ['--cipher-algo=AES192', '--compress-algo=zlib'],
  ['--cipher-algo=TWOFISH'],
  ['--armor'],
  ['--armor', '--compress-algo=none'],
  ['--set-filename=a-name-of-its-own', '--compress-algo=none'],
  ['--textmode', '--compress-algo=none'],
  ['--s2k-mode=0', '--compress-algo=none'],
  ['--s2k-mode=1', '--s2k-digest-algo=SHA512'],
  ['--sign'],
  ['--sign', '--compress-algo=none'],
]

/**
 * Options of gpg for messages that are not encrypted: the possible contents of an encrypted
 * message.
 */
const INSIDES: readonly (readonly string[])[] = [
  ...['none', 'zip', 'zlib', 'bzip2'].map((algorithm) => ['--store', `--compress-algo=${algorithm}`]),
  ['--store', '--textmode', '--compress-algo=none'],
  ['--sign', '--compress-algo=zlib'],
  ['--sign', '--compress-algo=none'],
]

/** The real gpg, and messages created with it. */
export interface GpgMessages {
  readonly messages: readonly Buffer[]
  readonly insides: readonly Buffer[]
  /**
   * A valid message for {@link PASSPHRASE} with these packets inside, complete and authenticated.
   */
  readonly encrypted: (inside: Uint8Array) => Buffer
  /** gpg's decryption of a message; null if gpg refuses it. */
  readonly decrypted: (message: Uint8Array) => Buffer | null
}

export function gpgMessages(t: TestContext, content: Buffer): GpgMessages {
  const directory = scratch(t)
  chmodSync(directory, 0o700)
  const run = gpgHome(t)
  const gpg = (...words: readonly string[]): Buffer => run('--passphrase', PASSPHRASE, ...words)
  gpg('--quick-generate-key', 'Gee <g@example.com>', 'ed25519', 'sign', '0')
  const [file, out] = [join(directory, 'image'), join(directory, 'out')]
  const made = (words: readonly string[]): Buffer => {
    writeFileSync(file, content)
    gpg('-o', out, ...words, file)
    return readFileSync(out)
  }
  // Few rounds of the passphrase's digest: they are slow, and these tests do not need them.
  const messages = MESSAGES.map((words) => made(['--s2k-mode=3', '--s2k-count=2048', ...words, '--symmetric']))
  return {
    messages,
    insides: INSIDES.map(made),
    encrypted: (inside) => messageOf(inside, PASSPHRASE),
    decrypted: (message) => {
      writeFileSync(file, message)
      try {
        return gpg('--ignore-crc-error', '--decrypt', file)
      } catch {
        return null
      }
    },
  }
}
