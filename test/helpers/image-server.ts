import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import * as openpgp from 'openpgp'
import { loadConfig } from '../../stage0/config/config.js'
import type { ConfigDirs } from '../../stage0/config/config-dirs.js'
import { SECURE } from '../../stage0/config/insecure-options.js'
import { dataDir } from '../../stage0/data-dir.js'
import { Fetcher, type FetcherOptions, type FetchOptions } from '../../stage0/fetch/fetch.js'
import type { Progress, Work } from '../../stage0/fetch/progress.js'
import { parseImageWord } from '../../stage0/image/word.js'
import { openStore, type Store, type StoredImage } from '../../stage0/store/store.js'
import { aci, type Entry } from './aci.js'
import { authority } from './authority.js'
import { temporaryDirectory } from './data-dir.js'
import { resolveLocally } from './host-names.js'
import { serverFor, setProxies } from './http-client.js'
import type { JsonObject } from './manifests.js'
import type { WebServer } from './web-server.js'

/** A signer of images. */
export class Maker {
  readonly #key: openpgp.PrivateKey

  private constructor(key: openpgp.PrivateKey) {
    this.#key = key
  }

  static async create(name = 'Carly Container'): Promise<Maker> {
    const { privateKey } = await openpgp.generateKey({
      userIDs: [{ name, email: 'carly@example.com' }],
      format: 'object',
      // A signature of the same second must not be older than its key.
      date: new Date(Date.now() - 60_000),
    })
    return new Maker(privateKey)
  }

  get publicKey(): string {
    return this.#key.toPublic().armor()
  }

  get secretKey(): string {
    return this.#key.armor()
  }

  get fingerprint(): string {
    return this.#key.getFingerprint()
  }

  /** The public key after its owner has revoked it. */
  async revoked(): Promise<string> {
    const { publicKey } = await openpgp.revokeKey({ key: this.#key, format: 'object' })
    return publicKey.armor()
  }

  /** The armoured detached signature of these bytes. */
  async sign(bytes: Uint8Array): Promise<string> {
    const message = await openpgp.createMessage({ binary: bytes })
    const signature: unknown = await openpgp.sign({ message, signingKeys: this.#key, detached: true })
    return String(signature)
  }
}

/** An image as its author describes it. */
export interface Published {
  readonly name: string
  readonly manifest?: JsonObject
  readonly entries?: readonly Entry[]
  /** Served for the image in place of the correct bytes. */
  readonly bytes?: Buffer
  /** In place of the maker's signature of the bytes; null: no signature. */
  readonly signature?: string | null
}

/**
 * A server with discovery for the images of a host, which are at `/images/NAME.aci`, and a client
 * host that fetches from it.
 */
export interface FetchBed {
  readonly server: WebServer
  readonly maker: Maker
  readonly store: Store
  readonly dirs: ConfigDirs
  /** The reported progress: `download localhost/a`, `done localhost/a`. */
  readonly told: string[]
  readonly warnings: string[]
  /** Publishes an image on the server; returns its bytes. */
  readonly publish: (image: Published) => Promise<Buffer>
  /** Trusts the maker's key for a prefix. */
  readonly trust: (prefix: string, maker?: Maker) => void
  readonly fetcher: (options?: Partial<FetcherOptions>) => WordFetcher
}

/** A fetcher that accepts arguments as the command line does. */
export interface WordFetcher extends Pick<Fetcher, 'choiceOf'>, Disposable {
  readonly fetch: (word: string, options?: FetchOptions) => Promise<StoredImage>
}

const byWords = (fetcher: Fetcher): WordFetcher => ({
  fetch: async (word, options) => await fetcher.fetch(parseImageWord(word), options),
  choiceOf: (image) => fetcher.choiceOf(image),
  [Symbol.dispose]: () => fetcher[Symbol.dispose](),
})

/**
 * @param host the beginning of the images' names; a host other than localhost resolves to this
 * machine within this process only
 */
export async function fetchBed(t: TestContext, host = 'localhost'): Promise<FetchBed> {
  setProxies(t)
  authority().trust()
  if (host !== 'localhost') resolveLocally(t, [host, 'localhost'])
  const server = await serverFor(t, { tls: true, names: host === 'localhost' ? [] : [host] })
  const root = temporaryDirectory(t)
  const dirs = { system: join(root, 'system'), local: join(root, 'local') }
  const store = openStore(dataDir(join(root, 'data')))
  const maker = await Maker.create()
  const told: string[] = []
  const warnings: string[] = []
  const images = server.url('/images/', host).href
  server.route('/keys.asc', maker.publicKey)
  server.route(
    '/',
    `<meta name="ac-discovery" content="${host} ${images}{name}.{ext}">
     <meta name="ac-discovery-pubkeys" content="${host} ${server.url('/keys.asc', host).href}">`,
  )
  return {
    server,
    maker,
    store,
    dirs,
    told,
    warnings,
    publish: async ({ name, manifest = {}, entries = [], bytes, signature }) => {
      const real = bytes ?? aci(entries, { name, ...manifest })
      server.route(`/images/${name}.aci`, real)
      if (signature !== null) server.route(`/images/${name}.aci.asc`, signature ?? (await maker.sign(real)))
      return real
    },
    trust: (prefix, who = maker) => {
      const directory = join(dirs.local, 'trustedkeys/prefix.d', prefix)
      mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, who.fingerprint), who.publicKey)
    },
    fetcher: (options) => {
      const fetcher = new Fetcher({
        store,
        config: () => Promise.resolve(loadConfig(dirs)),
        configDirs: dirs,
        insecure: SECURE,
        trustKeysFromHTTPS: false,
        pullPolicy: 'new',
        progress: () => Promise.resolve(recording(told)),
        warn: (message) => void warnings.push(message),
        log: () => undefined,
        port: server.port,
        // The host names stand for remote hosts, although they resolve to this machine.
        http: { isLocal: () => false, retryDelays: [0, 0, 0] },
        ...options,
      })
      t.after(() => {
        fetcher[Symbol.dispose]()
      })
      return byWords(fetcher)
    },
  }
}

/** Sets in the host's configuration whether every image needs a signature. */
export function requireSignatures({ dirs }: Pick<FetchBed, 'dirs'>, requireSignature = true): void {
  mkdirSync(join(dirs.local, 'images.d'), { recursive: true })
  const text = JSON.stringify({ rktKind: 'images', rktVersion: 'v1', requireSignature })
  writeFileSync(join(dirs.local, 'images.d/signatures.json'), text)
}

function recording(told: string[]): Progress {
  return {
    start: ({ image, kind }: Work) => {
      told.push(`${kind} ${image}`)
      return { update: () => undefined, end: (outcome) => void told.push(`${outcome} ${image}`) }
    },
    pause: () => ({ [Symbol.dispose]: () => undefined }),
  }
}
