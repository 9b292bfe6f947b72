import pLimit from 'p-limit'
import type { Config } from '../config/config.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import type { HttpClient, HttpOptions } from '../http/client.js'
import type { Store } from '../store/store.js'
import type { Keystore } from '../trust/keystore.js'
import { Policy } from './policy.js'
import type { Progress } from './progress.js'
import type { Wanted } from './wanted.js'

/**
 * When servers are asked. `new`: for what the store does not have; `never`; `update`: always, though what has not changed is not
 * downloaded again. Files are read anew under each, and servers asked for what they depend on only where the store lacks it.
 */
export const PULL_POLICIES = ['new', 'never', 'update'] as const
export type PullPolicy = (typeof PULL_POLICIES)[number]

export interface FetcherOptions {
  readonly store: Store
  /** Asked for when an image must be got that is not in the store. */
  readonly config: () => Promise<Config>
  /** Where the configuration is. */
  readonly configDirs: ConfigDirs
  readonly insecure: InsecureOptions
  readonly trustKeysFromHTTPS: boolean
  readonly pullPolicy: PullPolicy
  /** Asked for when there is something to tell. */
  readonly progress: () => Promise<Progress>
  readonly warn: (message: string) => void
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void
  /** The most bytes the tar of an image may have; LIMITS.tarBytes by itself. */
  readonly maxImageBytes?: number
  /** Opens encrypted images; without it the terminal is asked. */
  readonly passphraseFile?: string
  /** The port of discovery, where it is not the scheme's. */
  readonly port?: number
  /** How servers are asked, where it is not as usual. */
  readonly http?: Pick<HttpOptions, 'isLocal' | 'retryDelays' | 'timeouts'>
}

/** Whose servers are asked: those that an image's author chose may not be this host's own. */
type Asked = Pick<Wanted, 'byImage'>

/** How many images are downloaded or read at once. */
const AT_ONCE = 3

/** What the fetches of one call share; each part is made when it is first needed. */
export class Session implements Disposable {
  readonly options: FetcherOptions
  readonly policy: Policy
  readonly slots = pLimit(AT_ONCE)
  readonly #questions = pLimit(1)
  #progress: Promise<Progress> | undefined
  #client: Promise<HttpClient> | undefined
  #keyClient: Promise<HttpClient> | undefined
  #keystore: Promise<Keystore> | undefined

  constructor(options: FetcherOptions) {
    this.options = options
    this.policy = new Policy(options)
  }

  /** Does what may ask something on the terminal: one thing at a time, and no progress in between. */
  ask<T>(work: () => Promise<T>): Promise<T> {
    return this.#questions(async () => {
      const pause = (await this.progress()).pause()
      try {
        return await work()
      } finally {
        pause[Symbol.dispose]()
      }
    })
  }

  progress(): Promise<Progress> {
    return (this.#progress ??= this.options.progress())
  }

  async client({ byImage }: Asked = {}): Promise<HttpClient> {
    const client = await (this.#client ??= this.#openClient(this.options.insecure))
    return byImage === true ? client.forImageNames() : client
  }

  /** What keys are looked for and got with: the insecure option `pubkey` lets it use http. */
  async keyClient(asked: Asked = {}): Promise<HttpClient> {
    const { insecure } = this.options
    if (!insecure.pubkey || insecure.http) return await this.client(asked)
    const client = await (this.#keyClient ??= this.#openClient({ ...insecure, http: true }))
    return asked.byImage === true ? client.forImageNames() : client
  }

  keystore(): Promise<Keystore> {
    return (this.#keystore ??= this.#openKeystore())
  }

  async #openClient(insecure: InsecureOptions): Promise<HttpClient> {
    const { HttpClient } = await import('../http/client.js')
    return new HttpClient({ ...this.options.http, config: await this.options.config(), insecure })
  }

  async #openKeystore(): Promise<Keystore> {
    const { Keystore } = await import('../trust/keystore.js')
    return new Keystore((await this.options.config()).dirs)
  }

  [Symbol.dispose](): void {
    for (const opened of [this.#client, this.#keyClient]) {
      void opened?.then((client) => {
        client.close()
      })
    }
  }
}
