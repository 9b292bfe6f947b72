import { messageOf, RuntimeError } from '#schema/errors.js'
import type { HttpClient } from '../http/client.js'
import type { HttpResponse } from '../http/response.js'
import { displayURL } from '../http/display-url.js'
import { contentCoding, codingProblem } from '../http/coding.js'
import { codeOf, failureOf, TransferError } from '../http/failure.js'
import { retry } from '../http/retry.js'
import { statusError } from '../http/status.js'
import type { DiscoverOptions } from './discovery.js'
import type { MetaTag } from './meta-tags.js'

/** Maximum number of bytes read from one page. */
const MAX_PAGE_BYTES = 2 ** 20

/** The tags of a prefix's page, or the failure to read it. */
export type Page =
  | {
      readonly kind: 'read'
      readonly tags: readonly MetaTag[]
      /** The page's name in messages. */
      readonly subject: string
      /** A description of the part that was read, if that is not the whole page. */
      readonly cut: string | undefined
    }
  | {
      readonly kind: 'failed'
      readonly message: string
      readonly hint: string | undefined
      /** Whether the server cannot be reached, so that its other pages need no request. */
      readonly unreachable: boolean
    }

/**
 * Reads the discovery page of `prefix` (D1, D5) over https; if that fails and http is allowed, over
 * http.
 */
export async function readPage(prefix: string, client: HttpClient, options: DiscoverOptions): Promise<Page> {
  const first = await readBy('https', prefix, client, options)
  if (first.kind === 'read' || !options.insecureHTTP) return first
  const second = await readBy('http', prefix, client, options)
  if (second.kind === 'read') return second
  return {
    ...failedPage(`${first.message}; ${second.message}`, first.unreachable && second.unreachable),
    hint: first.hint ?? second.hint,
  }
}

async function readBy(
  scheme: 'https' | 'http',
  prefix: string,
  client: HttpClient,
  { port }: DiscoverOptions,
): Promise<Page> {
  const [host = ''] = prefix.split('/', 1)
  const url = URL.parse(`${scheme}://${host}${port === undefined ? '' : `:${port}`}${prefix.slice(host.length)}`)
  // URL also reads some numbers as addresses and changes the host name then
  if (url?.hostname !== host) return failedPage(`${prefix}: ${host} is not a host name`, true)
  url.search = '?ac-discovery=1'
  try {
    return await retry(client.options, async () => {
      try {
        return await read(await client.get(url, { accept: 'text/html, */*;q=0.5' }))
      } catch (error) {
        // no further attempts after a timeout: the server may well have no such page
        if (error instanceof TransferError && error.timedOut) return pageOfError(error)
        throw error
      }
    })
  } catch (error) {
    return pageOfError(error)
  }
}

function pageOfError(error: unknown): Page {
  if (!(error instanceof RuntimeError)) throw error
  // a server that responded is reachable
  const hasNoResponse = error instanceof TransferError && error.status === undefined
  const unreachable = hasNoResponse && (error.transient || codeOf(error.cause) !== '')
  return { ...failedPage(messageOf(error), unreachable), hint: error.hint }
}

const failedPage = (message: string, unreachable: boolean): Page & { kind: 'failed' } => ({
  kind: 'failed',
  message,
  hint: undefined,
  unreachable,
})

async function read({ url, status, headers, body }: HttpResponse): Promise<Page> {
  if (status !== 200) {
    body.destroy()
    throw statusError(url, status, headers)
  }
  const coding = contentCoding(headers)
  if (coding !== undefined) {
    body.destroy()
    return failedPage(`${displayURL(url)}: ${codingProblem(coding)}`, false)
  }
  const { MAX_TAGS, MetaTagReader } = await import('./meta-tags.js')
  const { PageDecoder } = await import('./charset.js')
  const reader = new MetaTagReader()
  const decoder = new PageDecoder(headers['content-type'])
  let left = MAX_PAGE_BYTES
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      reader.write(decoder.decode(chunk.subarray(0, left)))
      left -= chunk.length
      if (left < 0 || reader.isFull) break
    }
    reader.write(decoder.end())
  } catch (error) {
    throw failureOf(url, error)
  }
  const cut = reader.isFull ? `its first ${MAX_TAGS} tags` : left < 0 ? `its first ${MAX_PAGE_BYTES} bytes` : undefined
  return { kind: 'read', tags: reader.tags, subject: displayURL(url), cut }
}
