import { RuntimeError } from '#schema/errors.js'
import { displayURL } from '../http/display-url.js'
import type { ImageWord } from '../image/word.js'
import type { Choice } from '../render/dependencies.js'
import type { SharedImage } from '../store/share.js'
import type { StoredImage } from '../store/store.js'
import { type FetcherOptions, type PullPolicy, Session } from './session.js'
import { byDependency, byName } from './sources/name.js'
import { storedByID } from './sources/stored.js'
import { keyOf, type Named } from './wanted.js'

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
   * The image that a word means; it and everything it depends on is in the store then. Errors: USAGE, IMAGE_NOT_FOUND and those of
   * Store.find; FILE_UNREADABLE and those of Store.ingest; those of discover, download and verifySignature; DEPENDENCY_CYCLE.
   */
  async fetch(word: ImageWord, options: FetchOptions = {}): Promise<StoredImage> {
    const { kind } = word
    const image = await this.#hold(() => this.#obtain(word, options), kind === 'stdin' ? 1 : MOST_TRIES)
    this.#session.options.log('image', {
      image: image.id,
      from: word.kind === 'url' ? displayURL(word.url) : word.text,
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

  /** Each kind of source has a file; those for files and servers are loaded when they are used. */
  async #obtain(word: ImageWord, { signature }: FetchOptions): Promise<StoredImage> {
    const session = this.#session
    if (signature !== undefined && (word.kind === 'id' || word.kind === 'name')) {
      throw new RuntimeError('USAGE', `${word.text}: --signature is for images that come from a file or a URL`)
    }
    switch (word.kind) {
      case 'stdin': {
        const { takeStdin } = await import('./sources/file.js')
        return await session.slots(() => takeStdin(session, signature))
      }
      case 'file': {
        const { takeFile } = await import('./sources/file.js')
        return await session.slots(() => takeFile(session, word.path, signature))
      }
      case 'url': {
        const { byURL } = await import('./sources/url.js')
        return await byURL(session, word.url, signature)
      }
      case 'id':
        return await storedByID(session, word)
      case 'name':
        return await byName(session, word)
    }
  }

  #dependency(wanted: Named, policy: PullPolicy, signed: boolean): Promise<StoredImage> {
    const key = `${policy} ${signed} ${keyOf(wanted)}`
    const known = this.#obtained.get(key) ?? this.#hold(() => byDependency(this.#session, wanted, policy, signed))
    this.#obtained.set(key, known)
    return known
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.splice(0)) held.release()
    this.#session[Symbol.dispose]()
  }
}
