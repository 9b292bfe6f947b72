import type { AppReference, DiscoverOptions, Endpoint } from './discovery.js'
import { defaultLabels } from './defaults.js'
import type { MetaTag } from './meta-tags.js'
import { expand } from './template.js'

/** Names of tags: where images are (D3), where keys are (D5). */
export const IMAGE = 'ac-discovery'
export const KEYS = 'ac-discovery-pubkeys'

/** What the tags of one page mean for one image. */
export interface TagsRead {
  readonly endpoints: readonly Endpoint[]
  readonly keys: readonly URL[]
  /** Why tags that are meant for the image are not used. */
  readonly refused: readonly string[]
}

type Outcome<T> = { readonly found: T } | { readonly refused: string }

/** Picks the tags whose prefix matches (D2), in their order (D6), and makes URLs of them (D3). */
export function readTags(tags: readonly MetaTag[], app: AppReference, options: DiscoverOptions): TagsRead {
  const endpoints: Endpoint[] = []
  const keys: URL[] = []
  const refused: string[] = []
  const take = <T>(outcome: Outcome<T>, into: T[]): void => {
    if ('found' in outcome) into.push(outcome.found)
    else refused.push(outcome.refused)
  }
  for (const { name, content } of tags) {
    const [prefix = '', url = '', ...rest] = content.split(/[\t\n\f\r ]+/).filter((word) => word !== '')
    if (!matchesPrefix(app.name, prefix)) continue
    if (name !== IMAGE && name !== KEYS) continue
    if (url === '' || rest.length > 0) refused.push(`tag ${name} "${shown(content)}": not a prefix and a URL`)
    else if (name === IMAGE) take(endpointOf(url, app, options), endpoints)
    else take(urlOf(url, `key ${shown(url)}`, options), keys)
  }
  return { endpoints: each(endpoints, ({ aci }) => aci.href), keys: each(keys, ({ href }) => href), refused }
}

/** What a page says twice counts once. */
const each = <T>(items: readonly T[], key: (item: T) => string): T[] =>
  items.filter((item, index) => items.findIndex((other) => key(other) === key(item)) === index)

/** Prefixes are whole path elements: `example.com/a` is none of `example.com/ab`. */
function matchesPrefix(name: string, prefix: string): boolean {
  const whole = prefix.replace(/\/$/, '')
  return whole !== '' && (name === whole || name.startsWith(`${whole}/`))
}

function endpointOf(template: string, { name, labels }: AppReference, options: DiscoverOptions): Outcome<Endpoint> {
  const subject = `template ${shown(template)}`
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

/** A URL that may be used. */
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

const MAX_SHOWN = 200

/** What a stranger wrote, for a message: one line, no control characters, not too long. */
function shown(text: string): string {
  const safe = text.replace(/[\p{C}\s]+/gu, ' ').replace(/\/\/[^/@\s]*@/, '//…@')
  return safe.length > MAX_SHOWN ? `${safe.slice(0, MAX_SHOWN)}…` : safe
}
