import { extname } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { buildImage, type BuildOptions } from '../../aci/build.js'
import type { Command, Outcome } from '../command.js'

interface Options {
  readonly directory: string | undefined
  readonly file: string | undefined
  readonly overwrite: boolean
  readonly 'no-compression': boolean
  readonly 'owner-root': boolean
  readonly sign: string | undefined
  readonly encrypt: boolean
  readonly 'passphrase-file': string | undefined
}

/** The messages and exit statuses are those of actool (V1), except for a wrong command line. */
export const command: Command<Options> = {
  usage: 'build [directory] [file]',
  describe: 'Makes an image from an image layout: a directory with a manifest and a rootfs.',
  singleDash: true,
  unprivileged: true,
  configure: (parser) =>
    parser
      .positional('directory', { type: 'string', describe: 'the image layout' })
      .positional('file', { type: 'string', describe: 'the image, FILE.aci' })
      .option('overwrite', { type: 'boolean', default: false, describe: 'replace FILE where it is' })
      .option('no-compression', { type: 'boolean', default: false, describe: 'a plain tar instead of a gzipped one' })
      .option('owner-root', { type: 'boolean', default: false, describe: 'everything belongs to root' })
      .option('sign', { type: 'string', describe: 'sign it with the secret PGP key in this file: makes FILE.asc' })
      .option('encrypt', { type: 'boolean', default: false, describe: 'encrypt it with a passphrase' })
      .option('passphrase-file', {
        type: 'string',
        describe: 'the first line is the passphrase of the encryption; without --encrypt, that of the key',
      }),
  run: async ({ directory, file, overwrite, 'no-compression': plain, 'owner-root': ownerRoot, ...options }) => {
    if (directory === undefined || file === undefined) return usageFailure('Must provide directory and output file')
    if (extname(file) !== '.aci') return usageFailure(`Extension must be .aci (given ${extname(file)})`)
    try {
      const { finish, wrap } = await prepareProtection(options, file, overwrite)
      await buildImage(directory, file, { overwrite, compress: !plain, ownerRoot, ...(wrap && { wrap }) })
      await finish()
      return {}
    } catch (error) {
      if (error instanceof RuntimeError) return failed(actoolMessage(error, file))
      // a full disk, or a file of the layout that cannot be read
      if (error instanceof Error && 'syscall' in error) return failed(`Error walking rootfs: ${error.message}`)
      throw error
    }
  },
}

/**
 * The transformation of the archive, and the action after it. Everything that can fail without the
 * archive is done before.
 */
interface Protection {
  readonly wrap?: NonNullable<BuildOptions['wrap']>
  readonly finish: () => Promise<void>
}

async function prepareProtection(
  { sign, encrypt, 'passphrase-file': passphraseFile }: Pick<Options, 'sign' | 'encrypt' | 'passphrase-file'>,
  file: string,
  overwrite: boolean,
): Promise<Protection> {
  if (sign === undefined && !encrypt) return { finish: () => Promise.resolve() }
  const { readPassphrase } = await import('../../trust/passphrase.js')
  const source = passphraseFile === undefined ? {} : { file: passphraseFile }
  const finish =
    sign === undefined ? () => Promise.resolve() : await prepareSignature(sign, file, overwrite, encrypt ? {} : source)
  if (!encrypt) return { finish }
  const passphrase = await readPassphrase(source, file)
  const { encryptStream } = await import('../../trust/encryption.js')
  return { finish, wrap: (archive) => encryptStream(archive, passphrase) }
}

/**
 * Opens the key, and returns a function that signs. Without a passphrase file, the user is asked
 * for the passphrase of a protected key.
 */
async function prepareSignature(
  path: string,
  file: string,
  overwrite: boolean,
  source: { readonly file?: string },
): Promise<() => Promise<void>> {
  const { openSigningKey, signBeside } = await import('../../trust/sign.js')
  const key = await openSigningKey({ path, passphrase: source })
  return async () => {
    await signBeside(file, key, { overwrite })
  }
}

const failed = (message: string, exit = 1): Outcome => ({ notes: [`build: ${message}`], exit })
const usageFailure = (message: string): Outcome => failed(message, 2)

function actoolMessage(error: RuntimeError, file: string): string {
  if (error.code === 'ARCHIVE_INVALID') return `Layout failed validation: ${error.message}`
  if (error.code === 'FILE_EXISTS') return 'Target file exists (try --overwrite)'
  if (error.code === 'FILE_UNREADABLE') return `Unable to open target ${file}: ${error.message}`
  return error.message
}
