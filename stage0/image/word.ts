import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RuntimeError } from '#schema/errors.js'
import { type ImageReference, isImageName, parseReference } from './reference.js'

/** The meaning of an image word on the command line of `fetch` and `run`; `text` is the word. */
export type ImageWord =
  | { readonly kind: 'stdin'; readonly text: string }
  | { readonly kind: 'file'; readonly text: string; readonly path: string }
  /** An http or https URL whose path ends in `.aci`. */
  | { readonly kind: 'url'; readonly text: string; readonly url: URL }
  | ImageReference

/**
 * Parses an image word. `-` is stdin; a word with a scheme is a URL; a word is a path if it begins
 * with `/`, `./` or `../`, ends with `.aci`, or exists as a file; any other word is an image ID or
 * a name. Errors: USAGE.
 */
export function parseImageWord(word: string): ImageWord {
  if (word === '-') return { kind: 'stdin', text: word }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(word)?.[1] ?? /^(docker|cimd):/.exec(word)?.[1]
  if (scheme !== undefined) return parseURL(word, scheme.toLowerCase())
  if (/^\.{0,2}\//.test(word) || word.endsWith('.aci')) return { kind: 'file', text: word, path: word }
  if (!word.startsWith('sha512-') && existsSync(word)) return { kind: 'file', text: word, path: word }
  return parseReference(word)
}

function parseURL(word: string, scheme: string): ImageWord {
  if (scheme === 'docker') {
    throw new RuntimeError(
      'USAGE',
      `${word}: not an App Container image: appc does not read images of Docker registries`,
      {
        hint: 'make an ACI of it (docker2aci does) and give its path',
      },
    )
  }
  if (scheme === 'file') return { kind: 'file', text: word, path: pathOf(word) }
  if (scheme !== 'https' && scheme !== 'http') {
    throw new RuntimeError('USAGE', `${word}: ${scheme}: images come by https, http and file URLs only`)
  }
  const url = URL.parse(word)
  if (url === null) throw new RuntimeError('USAGE', `${word}: not a URL`)
  if (!url.pathname.endsWith('.aci')) {
    const name = `${url.host}${url.pathname.replace(/\/$/, '')}`
    throw new RuntimeError('USAGE', `${word}: the URL of an image ends in .aci`, {
      ...(isImageName(name) && { hint: `appc fetch ${name} finds an image by its name` }),
    })
  }
  return { kind: 'url', text: word, url }
}

function pathOf(word: string): string {
  try {
    return fileURLToPath(word)
  } catch (cause) {
    throw new RuntimeError('USAGE', `${word}: not the URL of a file on this host: file:///PATH`, { cause })
  }
}
