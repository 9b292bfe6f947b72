import { RuntimeError } from '#schema/errors.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import { displayURL } from './display-url.js'
import { TransferError } from './failure.js'
import { isLocalHost } from './local-host.js'

/**
 * Refuses a URL that may not be requested. Errors: INSECURE_URL.
 *
 * @param chosenByImage whether the URL comes from an image's author
 */
export function checkAddress(url: URL, insecure: InsecureOptions, chosenByImage = false): void {
  if (chosenByImage && isLocalHost(url.hostname)) {
    const problem = 'is this host or an address, where no image may send to'
    throw new RuntimeError('INSECURE_URL', `${displayURL(url)}: ${problem}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new RuntimeError('INSECURE_URL', `${displayURL(url)}: a URL must not hold a user or a password`, {
      hint: `credentials for ${url.host} belong in a file of /etc/appc/auth.d`,
    })
  }
  // Bun uses the scheme's default port instead of port 0
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

/**
 * Percent-encodes the bytes above 0x7f of a header, so that they are sent back unchanged, in any
 * encoding.
 */
const escapeBytes = (location: string): string =>
  location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)

/** The target of a redirect from `from`. Errors: INSECURE_URL, DOWNLOAD_FAILED. */
export function redirectTarget(
  from: URL,
  location: string | undefined,
  insecure: InsecureOptions,
  chosenByImage = false,
): URL {
  const target = location === undefined ? null : URL.parse(escapeBytes(location), from)
  if (target === null) {
    const problem = location === undefined ? 'without saying where to' : 'to what is no URL'
    throw new TransferError('DOWNLOAD_FAILED', `${displayURL(from)}: the server redirects ${problem}`)
  }
  const refusal = (why: string): RuntimeError =>
    new RuntimeError('INSECURE_URL', `${displayURL(from)}: redirects to ${displayURL(target)}: ${why}`)
  if (target.protocol !== 'https:' && target.protocol !== 'http:') throw refusal('only https: and http: are followed')
  if (from.protocol === 'https:' && target.protocol === 'http:') throw refusal('from https to http is not followed')
  if (target.username !== '' || target.password !== '') throw refusal('a URL must not hold a user or a password')
  checkAddress(target, insecure, chosenByImage)
  target.hash = ''
  return target
}
