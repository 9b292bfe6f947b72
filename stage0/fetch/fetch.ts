import { RuntimeError } from '#schema/errors.js'
import { displayURL } from '../http/display-url.js'
import { parseArgument } from '../image/argument.js'
import { referenceOf } from '../image/reference.js'
import type { Choice } from '../render/dependencies.js'
import type { SharedImage } from '../store/share.js'
import type { StoredImage } from '../store/store.js'
import { lookUp, lookUpReference } from './lookup.js'
import { type FetcherOptions, type PullPolicy, Session } from './session.js'
import { hasDomain, keyOf, type Named } from './wanted.js'

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
  readonly #choices = new Map<string, Choice>()

  constructor(options: FetcherOptions) {
    this.#session = new Session(options)
  }

  /**
   * The image a word means; it and everything it depends on is in the store then. Errors: USAGE, IMAGE_NOT_FOUND and those of
   * Store.find; FILE_UNREADABLE and those of Store.ingest; those of discover, download and verifySignature; DEPENDENCY_CYCLE.
   */
  async fetch(word: string, options: FetchOptions = {}): Promise<StoredImage> {
    const argument = parseArgument(word)
    const { kind } = argument
    const image = await this.#hold(() => this.#obtain(word, options), kind === 'stdin' ? 1 : MOST_TRIES)
    this.#session.options.log('image', {
      image: image.id,
      from: argument.kind === 'url' ? displayURL(argument.url) : word,
    })
    if ((image.manifest.dependencies ?? []).length > 0) {
      const { completeDependencies } = await import('./dependencies.js')
      const { store, pullPolicy } = this.#session.options
      // who names a file asks for what it holds, not for what is new on servers
      const isFile = kind === 'file' || kind === 'stdin'
      const policy = isFile && pullPolicy === 'update' ? 'new' : pullPolicy
      const choice = await completeDependencies(store, image, {
        obtain: (wanted, signed) => this.#dependency(wanted, policy, signed),
        isStrict: (one) => this.#session.policy.isStrict(one),
      })
      this.#choices.set(image.id, choice)
    }
    return image
  }

  /** Which images an image that was fetched stands on: those that counted when it was. */
  choiceOf(image: StoredImage): Choice | undefined {
    return this.#choices.get(image.id)
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
    const argument = parseArgument(word)
    if (signature !== undefined && (argument.kind === 'id' || argument.kind === 'name')) {
      throw new RuntimeError('USAGE', `${word}: --signature is for images that come from a file or a URL`)
    }
    switch (argument.kind) {
      case 'stdin':
      case 'file': {
        const { takeFile, takeStdin } = await import('./local.js')
        return await session.slots(() =>
          argument.kind === 'stdin' ? takeStdin(session, signature) : takeFile(session, argument.path, signature),
        )
      }
      case 'url':
        return await this.#url(argument.url, signature)
      case 'id':
        return await this.#byID(word)
      case 'name':
        return await this.#byName(argument, word)
    }
  }

  /** Who types an ID has chosen the very bytes, as with a file: they count unless every image needs a signature. */
  async #byID(word: string): Promise<StoredImage> {
    const { policy, options } = this.#session
    const image = options.store.find(word)
    const objection = (await policy.requiresSignature()) ? await policy.objection(image, true) : null
    if (objection !== null) throw objection
    return image
  }

  async #byName(named: Named, word: string): Promise<StoredImage> {
    const { store, pullPolicy, warn } = this.#session.options
    const maySearch = pullPolicy !== 'never' && hasDomain(named.name)
    if (maySearch && pullPolicy === 'update') return await this.#named(named)
    const { image, objection } = await lookUpReference(this.#session, word)
    if (image !== undefined) return image
    if (!maySearch) {
      if (objection !== undefined) throw objection
      // the store says best what it has instead
      return store.find(word)
    }
    if (objection !== undefined) warn(`${objection.message}: it is fetched anew`)
    return await this.#named(named)
  }

  async #url(url: URL, signature: string | undefined): Promise<StoredImage> {
    const session = this.#session
    const { pullPolicy } = session.options
    if (pullPolicy !== 'update') {
      const { earlier } = await import('./earlier.js')
      const found = await earlier(session, url, {})
      if (found !== undefined) return found.image
      if (pullPolicy === 'never') {
        throw new RuntimeError('IMAGE_NOT_FOUND', `${displayURL(url)}: nothing in the store came from there`, {
          hint: `appc fetch ${displayURL(url)}`,
        })
      }
    }
    const { fetchRemote } = await import('./remote.js')
    const asc = new URL(url)
    asc.pathname += '.asc'
    return await session.slots(() =>
      fetchRemote(session, { url, signature: signature ?? asc, wanted: {}, keys: () => Promise.resolve([]) }),
    )
  }

  #dependency(wanted: Named, policy: PullPolicy, signed: boolean): Promise<StoredImage> {
    const key = `${policy} ${signed} ${keyOf(wanted)}`
    const known = this.#obtained.get(key) ?? this.#hold(() => this.#obtainDependency(wanted, policy, signed))
    this.#obtained.set(key, known)
    return known
  }

  async #obtainDependency(wanted: Named, pullPolicy: PullPolicy, signed: boolean): Promise<StoredImage> {
    const subject = referenceOf(wanted)
    // an ID says everything: what the store has under it cannot be newer elsewhere
    const mayLook = pullPolicy !== 'update' || wanted.imageID !== undefined || !hasDomain(wanted.name)
    const { image, objection } = mayLook ? await lookUp(this.#session, wanted, subject, signed) : {}
    if (image !== undefined) return image
    if (pullPolicy !== 'never' && hasDomain(wanted.name)) {
      const { checkNamedHost } = await import('../http/local-host.js')
      checkNamedHost(wanted.name)
      if (objection !== undefined) this.#session.options.warn(`${objection.message}: it is fetched anew`)
      return await this.#named(wanted)
    }
    if (objection !== undefined) throw objection
    throw new RuntimeError('IMAGE_NOT_FOUND', `${subject}: no such image in the store`, {
      hint: `appc fetch ${subject}`,
    })
  }

  async #named(wanted: Named): Promise<StoredImage> {
    const { fetchByName } = await import('./by-name.js')
    return await this.#session.slots(() => fetchByName(this.#session, wanted))
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.splice(0)) held.release()
    this.#session[Symbol.dispose]()
  }
}
