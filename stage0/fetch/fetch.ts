import { RuntimeError } from '#schema/errors.js'
import { parseArgument } from '../image/argument.js'
import type { SharedImage } from '../store/share.js'
import type { StoredImage } from '../store/store.js'
import { lookUp, lookUpReference } from './lookup.js'
import { type FetcherOptions, type PullPolicy, Session } from './session.js'
import { hasDomain, keyOf, type Named, referenceOf } from './wanted.js'

export { type FetcherOptions, PULL_POLICIES, type PullPolicy } from './session.js'

export interface FetchOptions {
  /** A file with the detached signature of an image that comes from a file or a URL. */
  readonly signature?: string
}

/** How often an image is got again that others remove before it can be held. */
const MOST_TRIES = 10

/**
 * Gets images into the store, from wherever their words on the command line lead, and holds them against removal until it is disposed of.
 * What servers and files need is loaded when it is: an image of the store costs a look.
 */
export class Fetcher implements Disposable {
  readonly #session: Session
  /** Dependencies by what was asked for: each is got once. */
  readonly #obtained = new Map<string, Promise<StoredImage>>()
  readonly #held: SharedImage[] = []

  constructor(options: FetcherOptions) {
    this.#session = new Session(options)
  }

  /**
   * The image a word means; it and everything it depends on is in the store then. Errors: USAGE, IMAGE_NOT_FOUND and those of
   * Store.find; FILE_UNREADABLE and those of Store.ingest; those of discover, download and verifySignature; DEPENDENCY_CYCLE.
   */
  async fetch(word: string, options: FetchOptions = {}): Promise<StoredImage> {
    const { kind } = parseArgument(word)
    const image = await this.#hold(() => this.#obtain(word, options), kind === 'stdin' ? 1 : MOST_TRIES)
    this.#session.options.log('image', { image: image.id, from: word })
    if ((image.manifest.dependencies ?? []).length > 0) {
      const { completeDependencies } = await import('./dependencies.js')
      const { store, pullPolicy } = this.#session.options
      // who names a file asks for what it holds, not for what is new on servers
      const isFile = kind === 'file' || kind === 'stdin'
      const policy = isFile && pullPolicy === 'update' ? 'new' : pullPolicy
      await completeDependencies(store, image, (wanted) => this.#dependency(wanted, policy))
    }
    return image
  }

  /** Holds what `obtain` gives. Others may remove it before: then it is got once more. */
  async #hold(obtain: () => Promise<StoredImage>, tries = MOST_TRIES): Promise<StoredImage> {
    const image = await obtain()
    try {
      this.#held.push(await this.#session.options.store.share(image.id))
      return image
    } catch (error) {
      if (tries === 1 || !(error instanceof RuntimeError) || error.code !== 'IMAGE_NOT_FOUND') throw error
      return await this.#hold(obtain, tries - 1)
    }
  }

  async #obtain(word: string, { signature }: FetchOptions): Promise<StoredImage> {
    const session = this.#session
    const { store, pullPolicy } = session.options
    const argument = parseArgument(word)
    if (signature !== undefined && (argument.kind === 'id' || argument.kind === 'name')) {
      throw new RuntimeError('USAGE', `${word}: --signature is for images that come from a file or a URL`)
    }
    switch (argument.kind) {
      case 'stdin':
      case 'file': {
        const { takeFile, takeStdin } = await import('./local.js')
        return await session.slots.use(() =>
          argument.kind === 'stdin' ? takeStdin(session, signature) : takeFile(session, argument.path, signature),
        )
      }
      case 'url':
        return await this.#url(argument.url, word, signature)
      case 'id':
        return store.find(word)
      case 'name':
        if (pullPolicy === 'never' || !hasDomain(argument.name)) return store.find(word)
        return (pullPolicy === 'new' ? lookUpReference(store, word) : undefined) ?? (await this.#named(argument))
    }
  }

  async #url(url: URL, word: string, signature: string | undefined): Promise<StoredImage> {
    const session = this.#session
    const { store, pullPolicy, insecure } = session.options
    if (pullPolicy !== 'update') {
      const { earlier } = await import('./earlier.js')
      const found = earlier(store, url, {}, insecure.image)
      if (found !== undefined) return found.image
      if (pullPolicy === 'never') {
        throw new RuntimeError('IMAGE_NOT_FOUND', `${word}: nothing in the store came from there`, {
          hint: `appc fetch ${word}`,
        })
      }
    }
    const { fetchRemote } = await import('./remote.js')
    const asc = new URL(url)
    asc.pathname += '.asc'
    return await session.slots.use(() =>
      fetchRemote(session, { url, signature: signature ?? asc, wanted: {}, keys: () => Promise.resolve([]) }),
    )
  }

  #dependency(wanted: Named, policy: PullPolicy): Promise<StoredImage> {
    const key = `${policy} ${keyOf(wanted)}`
    const known = this.#obtained.get(key) ?? this.#hold(() => this.#obtainDependency(wanted, policy))
    this.#obtained.set(key, known)
    return known
  }

  async #obtainDependency(wanted: Named, pullPolicy: PullPolicy): Promise<StoredImage> {
    const { store } = this.#session.options
    const subject = referenceOf(wanted)
    // an ID says everything: what the store has under it cannot be newer elsewhere
    const mayLook = pullPolicy !== 'update' || wanted.imageID !== undefined || !hasDomain(wanted.name)
    const found = mayLook ? lookUp(store, wanted, subject) : undefined
    if (found !== undefined) return found
    if (pullPolicy !== 'never' && hasDomain(wanted.name)) return await this.#named(wanted)
    throw new RuntimeError('IMAGE_NOT_FOUND', `${subject}: no such image in the store`, {
      hint: `appc fetch ${subject}`,
    })
  }

  async #named(wanted: Named): Promise<StoredImage> {
    const { fetchByName } = await import('./by-name.js')
    return await this.#session.slots.use(() => fetchByName(this.#session, wanted))
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.splice(0)) held.release()
    this.#session[Symbol.dispose]()
  }
}
