import { type Code, RuntimeError } from '#schema/errors.js'
import { strayHint } from './stray-words.js'

/** The error of a second image that was not meant to be one (`appc run IMAGE echo hi`), with the right command line as hint. */
export function strayImage(error: unknown, words: readonly string[], images: readonly string[]): unknown {
  const [first, second] = images
  if (!(error instanceof RuntimeError) || first === undefined || second === undefined || words.includes('--')) {
    return error
  }
  const { code, message } = error
  const isStray = images.slice(1).some((image) => message.startsWith(`${image}: `))
  if (!NO_IMAGE.includes(code) || !isStray) return error
  const from = words.indexOf(second, words.indexOf(first) + 1)
  return new RuntimeError(code, message, { hint: strayHint(words, from), cause: error.cause })
}

/** Codes of the errors of a word that is no image. */
const NO_IMAGE: readonly Code[] = ['IMAGE_NOT_FOUND', 'USAGE', 'ARCHIVE_INVALID', 'FILE_UNREADABLE']
