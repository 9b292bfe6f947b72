import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from './authority.js'

/** The content of a certificate; by default that of a good one for a host. */
export interface Draft {
  readonly commonName?: string
  /** In the form of openssl.cnf: `subjectAltName=DNS:example.com`. */
  readonly extensions?: readonly string[]
  /** The options of `openssl req` for the key. */
  readonly key?: readonly string[]
  readonly digest?: string
  /** YYYYMMDDHHMMSSZ. */
  readonly from?: string
  readonly to?: string
  /** Its issuer; by default the root; null: the certificate is self-signed. */
  readonly issuer?: Issued | null
}

/** A certificate, its key, and the file of each. */
export interface Issued extends Certificate {
  readonly keyFile: string
  readonly certFile: string
}

export const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
export const rsa = (bits: number): readonly string[] => ['-newkey', `rsa:${bits}`]
export const AUTHORITY = ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign,cRLSign']

const CONFIG = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = optional
[req]
distinguished_name = any
`

/** Creates certificates of every kind with the openssl command, below one root. */
export class Chain {
  readonly root: Issued
  readonly #directory: string
  #made = 0

  constructor(parent: string) {
    this.#directory = mkdtempSync(join(parent, 'chain-'))
    writeFileSync(this.#path('config'), CONFIG)
    writeFileSync(this.#path('index.txt'), '')
    this.root = this.make({ commonName: 'Test Root', extensions: AUTHORITY, issuer: null })
  }

  make(draft: Draft): Issued {
    const { commonName = 'host', extensions = [], key = CURVE, digest = 'sha256' } = draft
    const { from = '20200101000000Z', to = '20491231235959Z', issuer = this.root } = draft
    const number = this.#made++
    const [keyFile, request, certFile, extensionFile] = ['key', 'csr', 'crt', 'ext'].map((kind) =>
      this.#path(`${number}.${kind}`),
    ) as [string, string, string, string]
    writeFileSync(extensionFile, [...extensions, ''].join('\n'))
    const subject = commonName === '' ? '/' : `/CN=${commonName}`
    this.#openssl(['req', '-new', ...key, '-nodes', '-keyout', keyFile, '-out', request, '-subj', subject])
    const signer = issuer === null ? ['-selfsign'] : ['-cert', issuer.certFile]
    this.#openssl([
      'ca',
      '-batch',
      '-notext',
      ...['-startdate', from, '-enddate', to, '-md', key.includes('ed25519') ? 'default' : digest],
      ...signer,
      ...['-keyfile', issuer === null ? keyFile : issuer.keyFile],
      ...['-in', request, '-out', certFile],
      // An empty file would result in a certificate of version 1.
      ...(extensions.length > 0 ? ['-extfile', extensionFile] : []),
    ])
    return { keyFile, certFile, key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
  }

  #path(name: string): string {
    return join(this.#directory, name)
  }

  #openssl([command = '', ...args]: readonly string[]): void {
    const config = ['-config', this.#path('config')]
    execFileSync('openssl', [command, ...config, ...args], {
      cwd: this.#directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  }
}
