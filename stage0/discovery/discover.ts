import { RuntimeError } from '#schema/errors.js'
import type { HttpClient } from '../http/client.js'
import type { AppReference, DiscoverOptions, Discovery, Failure } from './discovery.js'
import { readPage } from './page.js'
import { IMAGE, KEYS, readTags } from './read-tags.js'

/** Every element of a name's path may cost a request, and names come from images, too. */
const MAX_ELEMENTS = 32

type Found = Pick<Discovery, 'endpoints' | 'keys'>

/** What a search is for. */
interface Aim {
  /** The tags it reads; the first is what a page has to have. */
  readonly tags: readonly string[]
  readonly enough: (found: Found) => boolean
  /** What there is none of where it finds nothing. */
  readonly nothing: string
}

const PLACES: Aim = { tags: [IMAGE, KEYS], enough: ({ endpoints }) => endpoints.length > 0, nothing: 'nothing' }
const BOTH: Aim = { ...PLACES, enough: ({ endpoints, keys }) => endpoints.length > 0 && keys.length > 0 }
const ONLY_KEYS: Aim = { tags: [KEYS], enough: ({ keys }) => keys.length > 0, nothing: 'no keys' }

/**
 * Finds where an image may be (D1–D6): asks the page of its name, then those of its parents, until one has a place; `keys` are
 * those met on the way. Errors: DISCOVERY_FAILED when neither was found, saying what each page answered.
 */
export const discover = (app: AppReference, client: HttpClient, options: DiscoverOptions): Promise<Discovery> =>
  walk(app, client, options, PLACES)

/** Finds where the keys for a name are, in the same way. Errors: DISCOVERY_FAILED when there are none. */
export const discoverKeys = async (
  name: string,
  client: HttpClient,
  options: DiscoverOptions,
): Promise<readonly URL[]> => (await walk({ name, labels: new Map() }, client, options, ONLY_KEYS)).keys

/** Finds both, going up for the one that the nearest page lacks. Errors: DISCOVERY_FAILED when neither was found. */
export const discoverAll = (app: AppReference, client: HttpClient, options: DiscoverOptions): Promise<Discovery> =>
  walk(app, client, options, BOTH)

async function walk(app: AppReference, client: HttpClient, options: DiscoverOptions, aim: Aim): Promise<Discovery> {
  const failures: Failure[] = []
  let found: Found = { endpoints: [], keys: [] }
  let hint: string | undefined
  for (const prefix of prefixesOf(app.name)) {
    const page = await readPage(prefix, client, options)
    if (page.kind === 'failed') {
      failures.push({ prefix, message: page.message })
      hint ??= page.hint
      if (page.unreachable) break
      continue
    }
    const wanted = page.tags.filter(({ name }) => aim.tags.includes(name))
    const tags = readTags(wanted, app, options)
    found = {
      endpoints: found.endpoints.length > 0 ? found.endpoints : tags.endpoints,
      keys: found.keys.length > 0 ? found.keys : tags.keys,
    }
    failures.push(...tags.refused.map((message) => ({ prefix, message })))
    if (aim.enough(found)) return { ...found, failures }
    const none = tags.endpoints.length === 0 && tags.keys.length === 0 && tags.refused.length === 0
    if (none) failures.push({ prefix, message: `${page.subject}: ${emptyHanded(aim, page.cut, app.name)}` })
  }
  if (found.endpoints.length === 0 && found.keys.length === 0) throw nothingFound(app.name, aim, failures, hint)
  return { ...found, failures }
}

/** `a.org/b/c`, `a.org/b`, `a.org` (D4). */
function prefixesOf(name: string): string[] {
  const elements = name.split('/')
  if (elements.length > MAX_ELEMENTS) {
    const what = `more than ${MAX_ELEMENTS} path elements are too many to look for`
    throw new RuntimeError('DISCOVERY_FAILED', `${name}: ${what}`)
  }
  return elements.map((_, index) => elements.slice(0, elements.length - index).join('/'))
}

const emptyHanded = ({ tags }: Aim, cut: string | undefined, name: string): string =>
  `no ${tags[0]} tag for ${name}${cut === undefined ? '' : ` in ${cut}`}`

function nothingFound(
  name: string,
  { nothing }: Aim,
  failures: readonly Failure[],
  hint: string | undefined,
): RuntimeError {
  const answers = failures.map(({ message }) => message).join('; ')
  return new RuntimeError('DISCOVERY_FAILED', `${name}: discovery found ${nothing}: ${answers}`, {
    ...(hint !== undefined && { hint }),
  })
}
