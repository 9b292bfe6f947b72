import { type Code, RuntimeError } from '#schema/errors.js'
import { strayHint } from './stray-words.js'

/**
 * Changes the error of a second image word that was meant as an argument (`appc run IMAGE echo
 * hi`): its hint is then the right command line. Other errors are returned unchanged.
 */
export function strayImage(error: unknown, words: readonly string[], images: readonly string[]): unknown {
  const [first, second] = images
  if (!(error instanceof RuntimeError) || first === undefined || second === undefined || words.includes('--')) {
    return error
  }
  const { code, message } = error
  const isStray = images.slice(1).some((image) => message.startsWith(`${image}: `))
  if (!WORD_ERRORS.includes(code) || !isStray) return error
  const from = words.indexOf(second, words.indexOf(first) + 1)
  return new RuntimeError(code, message, { hint: strayHint(words, from), cause: error.cause })
}

/** The codes of errors of a word that is not an image. */
const WORD_ERRORS: readonly Code[] = ['IMAGE_NOT_FOUND', 'USAGE', 'ARCHIVE_INVALID', 'FILE_UNREADABLE']
