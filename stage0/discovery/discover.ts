import { RuntimeError } from '#schema/errors.js'
import type { HttpClient } from '../http/client.js'
import type { AppReference, DiscoverOptions, Discovery, Failure } from './discovery.js'
import { readPage } from './page.js'
import { IMAGE, KEYS, readTags } from './read-tags.js'

/**
 * Maximum number of path elements in a name: each may cost a request, and names come from images,
 * too.
 */
const MAX_ELEMENTS = 32

type Found = Pick<Discovery, 'endpoints' | 'keys'>

/** The goal of a search. */
interface Goal {
  /** The tags to read; messages name the first one as missing. */
  readonly tags: readonly string[]
  readonly isEnough: (found: Found) => boolean
  /** The object of the sentence "discovery found …" if the search finds nothing. */
  readonly nothingText: string
}

const FIND_IMAGES: Goal = {
  tags: [IMAGE, KEYS],
  isEnough: ({ endpoints }) => endpoints.length > 0,
  nothingText: 'nothing',
}
const FIND_BOTH: Goal = { ...FIND_IMAGES, isEnough: ({ endpoints, keys }) => endpoints.length > 0 && keys.length > 0 }
const FIND_KEYS: Goal = { tags: [KEYS], isEnough: ({ keys }) => keys.length > 0, nothingText: 'no keys' }

/**
 * Discovers the endpoints of an image (D1–D6): reads the page of its name, then those of its
 * parents, until one has an endpoint; `keys` are those found on the way. Errors: DISCOVERY_FAILED,
 * with the result of each page, where it found neither.
 */
export const discover = (app: AppReference, client: HttpClient, options: DiscoverOptions): Promise<Discovery> =>
  walk(app, client, options, FIND_IMAGES)

/**
 * Discovers the keys for a name, in the same way. Errors: DISCOVERY_FAILED where there are none.
 */
export const discoverKeys = async (
  name: string,
  client: HttpClient,
  options: DiscoverOptions,
): Promise<readonly URL[]> => (await walk({ name, labels: new Map() }, client, options, FIND_KEYS)).keys

/**
 * Discovers both, each from the nearest page that has it. Errors: DISCOVERY_FAILED where it found
 * neither.
 */
export const discoverAll = (app: AppReference, client: HttpClient, options: DiscoverOptions): Promise<Discovery> =>
  walk(app, client, options, FIND_BOTH)

async function walk(app: AppReference, client: HttpClient, options: DiscoverOptions, goal: Goal): Promise<Discovery> {
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
    const relevantTags = page.tags.filter(({ name }) => goal.tags.includes(name))
    const tags = readTags(relevantTags, app, options)
    found = {
      endpoints: found.endpoints.length > 0 ? found.endpoints : tags.endpoints,
      keys: found.keys.length > 0 ? found.keys : tags.keys,
    }
    failures.push(...tags.refused.map((message) => ({ prefix, message })))
    if (goal.isEnough(found)) return { ...found, failures }
    const isEmpty = tags.endpoints.length === 0 && tags.keys.length === 0 && tags.refused.length === 0
    if (isEmpty) failures.push({ prefix, message: `${page.subject}: ${noTagText(goal, page.cut, app.name)}` })
  }
  if (found.endpoints.length === 0 && found.keys.length === 0) throw nothingFoundError(app.name, goal, failures, hint)
  return { ...found, failures }
}

/** `a.org/b/c`, `a.org/b`, `a.org` (D4). */
function prefixesOf(name: string): string[] {
  const elements = name.split('/')
  if (elements.length > MAX_ELEMENTS) {
    const problem = `more than ${MAX_ELEMENTS} path elements are too many to look for`
    throw new RuntimeError('DISCOVERY_FAILED', `${name}: ${problem}`)
  }
  return elements.map((_, index) => elements.slice(0, elements.length - index).join('/'))
}

const noTagText = ({ tags }: Goal, cut: string | undefined, name: string): string =>
  `no ${tags[0]} tag for ${name}${cut === undefined ? '' : ` in ${cut}`}`

function nothingFoundError(
  name: string,
  { nothingText: nothing }: Goal,
  failures: readonly Failure[],
  hint: string | undefined,
): RuntimeError {
  const answers = failures.map(({ message }) => message).join('; ')
  return new RuntimeError('DISCOVERY_FAILED', `${name}: discovery found ${nothing}: ${answers}`, {
    ...(hint !== undefined && { hint }),
  })
}
