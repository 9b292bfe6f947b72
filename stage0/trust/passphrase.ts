import { readFileSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { wrapFileErrors } from '../files/file-errors.js'

/** Where a passphrase comes from: a file; without one, the terminal. */
export interface PassphraseSource {
  /** The file whose first line is the passphrase. */
  readonly file?: string
}

/** The path of the descriptor of `--passphrase-fd=N`. Errors: USAGE. */
export function descriptorFile(word: string): string {
  if (/^\d{1,5}$/.test(word)) return `/dev/fd/${word}`
  throw new RuntimeError('USAGE', `--passphrase-fd: ${word} is not the number of a descriptor`)
}

/**
 * The passphrase for `subject`, from a file or the terminal. Errors: PASSPHRASE where there is
 * none, FILE_UNREADABLE.
 */
export async function readPassphrase({ file }: PassphraseSource, subject: string): Promise<string> {
  if (file !== undefined)
    return firstLine(
      wrapFileErrors(`passphrase file ${file}`, () => readFileSync(file, 'utf8')),
      file,
    )
  const { askSecret, hasTerminal } = await import('./terminal.js')
  if (!hasTerminal()) {
    throw new RuntimeError('PASSPHRASE', `${subject}: needs a passphrase, and there is no terminal to ask at`, {
      hint: '--passphrase-file=FILE gives one',
    })
  }
  const answer = await askSecret(`Passphrase for ${subject}`)
  if (answer !== null && answer !== '') return answer
  throw new RuntimeError('PASSPHRASE', `${subject}: no passphrase was given`, {
    hint: '--passphrase-file=FILE gives one',
  })
}

function firstLine(text: string, source: string): string {
  const line = text.split(/\r?\n/, 1)[0] ?? ''
  if (line === '') throw new RuntimeError('PASSPHRASE', `${source}: holds no passphrase`)
  return line
}
