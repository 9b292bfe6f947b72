import { RuntimeError } from '#schema/errors.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import { displayURL } from './display-url.js'
import { TransferError } from './failure.js'
import { isLocalHost } from './local-host.js'

/**
 * Refuses a URL that may not be asked. Errors: INSECURE_URL.
 *
 * @param chosenByImage an image led to it
 */
export function checkAddress(url: URL, insecure: InsecureOptions, chosenByImage = false): void {
  if (chosenByImage && isLocalHost(url.hostname)) {
    const what = 'is this host or an address, where no image may send to'
    throw new RuntimeError('INSECURE_URL', `${displayURL(url)}: ${what}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new RuntimeError('INSECURE_URL', `${displayURL(url)}: a URL must not hold a user or a password`, {
      hint: `credentials for ${url.host} belong in a file of /etc/appc/auth.d`,
    })
  }
  // Bun takes it for the usual port of the scheme
  if (url.port === '0') {
    throw new RuntimeError('INSECURE_URL', `${displayURL(url)}: port 0 is no port that can be asked`)
  }
  if (url.protocol === 'https:') return
  if (url.protocol !== 'http:') {
    throw new RuntimeError('INSECURE_URL', `${displayURL(url)}: only https: and http: can be downloaded`)
  }
  if (insecure.http) return
  throw new RuntimeError('INSECURE_URL', `${displayURL(url)}: http protects nobody`, {
    hint: 'use https, or --insecure-options=http',
  })
}

/** A header's bytes above 0x7f, which are of UTF-8 or of no one knows what, go back as they came. */
const escaped = (location: string): string =>
  location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)

/** Where a redirect from `from` leads. Errors: INSECURE_URL, DOWNLOAD_FAILED. */
export function redirectTarget(
  from: URL,
  location: string | undefined,
  insecure: InsecureOptions,
  chosenByImage = false,
): URL {
  const to = location === undefined ? null : URL.parse(escaped(location), from)
  if (to === null) {
    const what = location === undefined ? 'without saying where to' : 'to what is no URL'
    throw new TransferError('DOWNLOAD_FAILED', `${displayURL(from)}: the server redirects ${what}`)
  }
  const refused = (why: string): RuntimeError =>
    new RuntimeError('INSECURE_URL', `${displayURL(from)}: redirects to ${displayURL(to)}: ${why}`)
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw refused('only https: and http: are followed')
  if (from.protocol === 'https:' && to.protocol === 'http:') throw refused('from https to http is not followed')
  if (to.username !== '' || to.password !== '') throw refused('a URL must not hold a user or a password')
  checkAddress(to, insecure, chosenByImage)
  to.hash = ''
  return to
}
