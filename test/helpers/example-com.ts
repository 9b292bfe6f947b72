import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Maker } from './image-server.js'
import { WebServer } from './web-server.js'

const HOSTS = '/etc/hosts'

/**
 * An address of this machine, but not of its loopback: no image may be fetched from the loopback.
 */
export const ADDRESS = '192.0.2.80'

/** The value of the label `arch` on this machine. */
export const ARCH = process.arch === 'arm64' ? 'aarch64' : 'amd64'

/** Labels for which discovery finds `example.com/NAME:1.0.0`. */
export const LABELS = [
  { name: 'version', value: '1.0.0' },
  { name: 'os', value: 'linux' },
  { name: 'arch', value: ARCH },
]

/**
 * The web server of example.com, with discovery at its usual place, for tests that have a machine
 * of their own: the host name resolves to it until it is closed.
 */
export class ExampleCom implements AsyncDisposable {
  readonly server: WebServer
  readonly maker: Maker
  readonly #hosts: string
  readonly #files = new Map<string, Buffer>()

  private constructor(server: WebServer, maker: Maker, hosts: string) {
    this.server = server
    this.maker = maker
    this.#hosts = hosts
  }

  static async start(): Promise<ExampleCom> {
    const hosts = readFileSync(HOSTS, 'utf8')
    appendFileSync(HOSTS, `\n${ADDRESS} example.com\n`)
    execFileSync('ip', ['address', 'replace', `${ADDRESS}/32`, 'dev', 'lo'])
    const server = await WebServer.start({ tls: true, names: ['example.com'], address: ADDRESS, port: 443 })
    const maker = await Maker.create()
    server.route('/pubkeys.gpg', maker.publicKey)
    server.route('/', page('https://example.com/pubkeys.gpg'))
    return new ExampleCom(server, maker, hosts)
  }

  /** The environment in which programs trust its certificate. */
  get env(): NodeJS.ProcessEnv {
    return { NODE_EXTRA_CA_CERTS: this.server.caFile }
  }

  /** The path of the image `example.com/NAME:1.0.0` on the server. */
  static path(name: string): string {
    return `/images/example.com/${name}-1.0.0-linux-${ARCH}.aci`
  }

  static url(name: string): string {
    return `https://example.com${ExampleCom.path(name)}`
  }

  /** Publishes an image file and its signature. */
  async publish(name: string, file: string): Promise<void> {
    const image = readFileSync(file)
    this.#put(ExampleCom.path(name), image)
    this.#put(`${ExampleCom.path(name)}.asc`, Buffer.from(await this.maker.sign(image)))
  }

  /** The published file at a path. */
  file(path: string): Buffer {
    return this.#files.get(path) ?? assert.fail(`${path} is published`)
  }

  #put(path: string, bytes: Buffer): void {
    this.#files.set(path, bytes)
    this.server.route(path, bytes)
  }

  /** Changes the URL of the keys in the discovery page. */
  nameKeys(url: string): void {
    this.server.route('/', page(url))
  }

  /** Trusts its keys for all its images, in a directory of configuration. */
  trustedIn(config: string): void {
    const directory = join(config, 'trustedkeys/prefix.d/example.com')
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, this.maker.fingerprint), this.maker.publicKey)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    writeFileSync(HOSTS, this.#hosts)
    await this.server.close()
    execFileSync('ip', ['address', 'delete', `${ADDRESS}/32`, 'dev', 'lo'])
  }
}

const page = (keys: string): string =>
  `<html><head>
     <meta name="ac-discovery" content="example.com https://example.com/images/{name}-{version}-{os}-{arch}.{ext}">
     <meta name="ac-discovery-pubkeys" content="example.com ${keys}">
   </head></html>`
