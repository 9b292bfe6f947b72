import pLimit from 'p-limit'
import type { Config } from '../config/config.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import type { HttpClient, HttpOptions } from '../http/client.js'
import type { Store } from '../store/store.js'
import type { Keystore } from '../trust/keystore.js'
import { Policy } from './policy.js'
import type { Progress } from './progress.js'
import type { ImageRequest } from './image-request.js'

/**
 * When servers are asked. `new`: for images that the store does not have; `never`; `update`:
 * always, but unchanged images are not downloaded again. Files are read again under each policy,
 * and servers are asked for the dependencies of files only if the store lacks them.
 */
export const PULL_POLICIES = ['new', 'never', 'update'] as const
export type PullPolicy = (typeof PULL_POLICIES)[number]

export interface FetcherOptions {
  readonly store: Store
  /** Called when an image must be fetched that is not in the store. */
  readonly config: () => Promise<Config>
  /** The directories of the configuration. */
  readonly configDirs: ConfigDirs
  readonly insecure: InsecureOptions
  readonly trustKeysFromHTTPS: boolean
  readonly pullPolicy: PullPolicy
  /** Called when there is progress to report. */
  readonly progress: () => Promise<Progress>
  readonly warn: (message: string) => void
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void
  /** Maximum size in bytes of an image's tar; default LIMITS.tarBytes. */
  readonly maxImageBytes?: number
  /**
   * File with the passphrase of encrypted images; without it, the user is asked at the terminal.
   */
  readonly passphraseFile?: string
  /** The port for discovery; default: that of the scheme. */
  readonly port?: number
  /** Overrides of the HTTP client's defaults. */
  readonly http?: Pick<HttpOptions, 'isLocal' | 'retryDelays' | 'timeouts'>
}

/** Whether the author of an image chose the server's name: such a server may not be this host. */
type ServerChoice = Pick<ImageRequest, 'byImage'>

/** Maximum number of images that are downloaded or read at the same time. */
const MAX_PARALLEL = 3

/** State shared by the fetches of one call; each part is created at its first use. */
export class Session implements Disposable {
  readonly options: FetcherOptions
  readonly policy: Policy
  readonly slots = pLimit(MAX_PARALLEL)
  readonly #questions = pLimit(1)
  #progress: Promise<Progress> | undefined
  #client: Promise<HttpClient> | undefined
  #keyClient: Promise<HttpClient> | undefined
  #keystore: Promise<Keystore> | undefined

  constructor(options: FetcherOptions) {
    this.options = options
    this.policy = new Policy(options)
  }

  /** Runs work that may ask at the terminal: one at a time, with the progress output paused. */
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

  async client({ byImage }: ServerChoice = {}): Promise<HttpClient> {
    const client = await (this.#client ??= this.#openClient(this.options.insecure))
    return byImage === true ? client.forImageNames() : client
  }

  /**
   * The client that discovers and downloads keys: the insecure option `pubkey` lets it use http.
   */
  async keyClient(choice: ServerChoice = {}): Promise<HttpClient> {
    const { insecure } = this.options
    if (!insecure.pubkey || insecure.http) return await this.client(choice)
    const client = await (this.#keyClient ??= this.#openClient({ ...insecure, http: true }))
    return choice.byImage === true ? client.forImageNames() : client
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
