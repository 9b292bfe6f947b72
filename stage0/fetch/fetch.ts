import { RuntimeError } from '#schema/errors.js'
import { displayURL } from '../http/display-url.js'
import type { ImageWord } from '../image/word.js'
import type { Choice } from '../render/dependencies.js'
import type { SharedImage } from '../store/share.js'
import type { StoredImage } from '../store/store.js'
import { type FetcherOptions, type PullPolicy, Session } from './session.js'
import { byDependency, byName } from './sources/name.js'
import { storedByID } from './sources/stored.js'
import { keyOf, type NamedRequest } from './image-request.js'

export { type FetcherOptions, PULL_POLICIES, type PullPolicy } from './session.js'

export interface FetchOptions {
  /** A file with the detached signature of an image that comes from a file or a URL. */
  readonly signature?: string
}

/** Maximum number of attempts where other processes remove the image before it is locked. */
const MAX_TRIES = 10

/**
 * Puts the images of command-line words into the store and locks them against removal until the
 * fetcher is disposed. Modules for servers and files are loaded when they are needed, so an image
 * that is in the store costs only a lookup.
 */
export class Fetcher implements Disposable {
  readonly #session: Session
  /** Dependencies by their request: each is obtained once. */
  readonly #obtained = new Map<string, Promise<StoredImage>>()
  readonly #held: SharedImage[] = []
  readonly #choices = new Map<string, Choice>()

  constructor(options: FetcherOptions) {
    this.#session = new Session(options)
  }

  /**
   * Puts the image of a command-line word and all its dependencies into the store and returns the
   * image. Errors: USAGE, IMAGE_NOT_FOUND, FILE_UNREADABLE, DEPENDENCY_CYCLE; those of Store.find,
   * Store.ingest, discover, download and verifySignature.
   */
  async fetch(word: ImageWord, options: FetchOptions = {}): Promise<StoredImage> {
    const { kind } = word
    const image = await this.#hold(() => this.#obtain(word, options), kind === 'stdin' ? 1 : MAX_TRIES)
    this.#session.options.log('image', {
      image: image.id,
      from: word.kind === 'url' ? displayURL(word.url) : word.text,
    })
    if ((image.manifest.dependencies ?? []).length > 0) {
      const { completeDependencies } = await import('./dependencies.js')
      const { store, pullPolicy } = this.#session.options
      // a user who names a file asks for its content, not for newer images of servers
      const isFile = kind === 'file' || kind === 'stdin'
      const policy = isFile && pullPolicy === 'update' ? 'new' : pullPolicy
      const choice = await completeDependencies(store, image, {
        obtain: (request, signed) => this.#dependency(request, policy, signed),
        isStrict: (stored) => this.#session.policy.isStrict(stored),
      })
      this.#choices.set(image.id, choice)
    }
    return image
  }

  /** Which images were chosen for the dependencies of an image when it was fetched. */
  choiceOf(image: StoredImage): Choice | undefined {
    return this.#choices.get(image.id)
  }

  /**
   * Locks the image that `obtain` returns. If another process removes it first, obtains it again.
   */
  async #hold(obtain: () => Promise<StoredImage>, tries = MAX_TRIES): Promise<StoredImage> {
    const image = await obtain()
    try {
      this.#held.push(await this.#session.options.store.share(image.id))
      return image
    } catch (error) {
      if (tries === 1 || !(error instanceof RuntimeError) || error.code !== 'IMAGE_NOT_FOUND') throw error
      return await this.#hold(obtain, tries - 1)
    }
  }

  /**
   * Each kind of source has a module; those for files and servers are loaded when they are used.
   */
  async #obtain(word: ImageWord, { signature }: FetchOptions): Promise<StoredImage> {
    const session = this.#session
    if (signature !== undefined && (word.kind === 'id' || word.kind === 'name')) {
      throw new RuntimeError('USAGE', `${word.text}: --signature is for images that come from a file or a URL`)
    }
    switch (word.kind) {
      case 'stdin': {
        const { importStdin } = await import('./sources/file.js')
        return await session.slots(() => importStdin(session, signature))
      }
      case 'file': {
        const { importFile } = await import('./sources/file.js')
        return await session.slots(() => importFile(session, word.path, signature))
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

  #dependency(request: NamedRequest, policy: PullPolicy, signed: boolean): Promise<StoredImage> {
    const key = `${policy} ${signed} ${keyOf(request)}`
    const obtained = this.#obtained.get(key) ?? this.#hold(() => byDependency(this.#session, request, policy, signed))
    this.#obtained.set(key, obtained)
    return obtained
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.splice(0)) held.release()
    this.#session[Symbol.dispose]()
  }
}
