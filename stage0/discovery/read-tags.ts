import type { AppReference, DiscoverOptions, Endpoint } from './discovery.js'
import { defaultLabels } from './defaults.js'
import type { MetaTag } from './meta-tags.js'
import { expand } from './template.js'

/** The names of tags for images (D3) and for keys (D5). */
export const IMAGE = 'ac-discovery'
export const KEYS = 'ac-discovery-pubkeys'

/** The results of one page's tags for one image. */
export interface TagsRead {
  readonly endpoints: readonly Endpoint[]
  readonly keys: readonly URL[]
  /** Why tags for the image are not used. */
  readonly refused: readonly string[]
}

type Outcome<T> = { readonly found: T } | { readonly refused: string }

/**
 * Selects the tags whose prefix matches (D2), in their order (D6), and converts them to URLs (D3).
 */
export function readTags(tags: readonly MetaTag[], app: AppReference, options: DiscoverOptions): TagsRead {
  const endpoints: Endpoint[] = []
  const keys: URL[] = []
  const refused: string[] = []
  const addOutcome = <T>(outcome: Outcome<T>, into: T[]): void => {
    if ('found' in outcome) into.push(outcome.found)
    else refused.push(outcome.refused)
  }
  for (const { name, content } of tags) {
    const [prefix = '', url = '', ...rest] = content.split(/[\t\n\f\r ]+/).filter((word) => word !== '')
    if (!matchesPrefix(app.name, prefix)) continue
    if (name !== IMAGE && name !== KEYS) continue
    if (url === '' || rest.length > 0) refused.push(`tag ${name} "${displayText(content)}": not a prefix and a URL`)
    else if (name === IMAGE) addOutcome(endpointOf(url, app, options), endpoints)
    else addOutcome(urlOf(url, `key ${displayText(url)}`, options), keys)
  }
  return { endpoints: uniqueBy(endpoints, ({ aci }) => aci.href), keys: uniqueBy(keys, ({ href }) => href), refused }
}

/** The items without those whose key occurred before. */
const uniqueBy = <T>(items: readonly T[], key: (item: T) => string): T[] =>
  items.filter((item, index) => items.findIndex((other) => key(other) === key(item)) === index)

/** Prefixes are whole path elements: `example.com/a` is no prefix of `example.com/ab`. */
function matchesPrefix(name: string, prefix: string): boolean {
  const path = prefix.replace(/\/$/, '')
  return path !== '' && (name === path || name.startsWith(`${path}/`))
}

function endpointOf(template: string, { name, labels }: AppReference, options: DiscoverOptions): Outcome<Endpoint> {
  const subject = `template ${displayText(template)}`
  if (!template.includes('{ext}')) return { refused: `${subject}: it lacks {ext}` }
  const variables = new Map([...(options.defaults ?? defaultLabels()), ...labels, ['name', name]])
  const [aci, asc] = ['aci', 'aci.asc'].map((extension): Outcome<URL> => {
    const expanded = expand(template, variables.set('ext', extension))
    return 'url' in expanded ? urlOf(expanded.url, subject, options) : { refused: `${subject}: ${expanded.problem}` }
  }) as [Outcome<URL>, Outcome<URL>]
  if ('refused' in aci) return aci
  if ('refused' in asc) return asc
  return { found: { aci: aci.found, asc: asc.found } }
}

/** Parses a URL and checks whether it may be used. */
function urlOf(text: string, subject: string, { insecureHTTP }: DiscoverOptions): Outcome<URL> {
  const url = URL.parse(text)
  if (url === null) return { refused: `${subject}: not a URL` }
  if (url.protocol === 'http:' && !insecureHTTP) {
    return { refused: `${subject}: http: protects nobody, it must be https:` }
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { refused: `${subject}: ${url.protocol} is not supported, it must be https:` }
  }
  if (url.username !== '' || url.password !== '') return { refused: `${subject}: holds a user or a password` }
  if (url.port === '0') return { refused: `${subject}: port 0 is no port that can be asked` }
  url.hash = ''
  return { found: url }
}

const MAX_DISPLAY_LENGTH = 200

/**
 * Untrusted text for a message: one line without control characters and passwords, not too long.
 */
function displayText(text: string): string {
  const safe = text.replace(/[\p{C}\s]+/gu, ' ').replace(/\/\/[^/@\s]*@/, '//…@')
  return safe.length > MAX_DISPLAY_LENGTH ? `${safe.slice(0, MAX_DISPLAY_LENGTH)}…` : safe
}
