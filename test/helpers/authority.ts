import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isIP } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/** A key and its certificate in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/**
 * A certificate authority of this process, created by the openssl command in a directory that is
 * removed when the process ends.
 */
export class Authority {
  readonly directory: string
  /** The authority's certificate in PEM, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'appc-ca-'))
    process.once('exit', () => rmSync(this.directory, { recursive: true, force: true }))
    this.caFile = this.#path('ca.crt')
    this.#openssl([
      'req',
      '-x509',
      ...KEY,
      '-keyout',
      this.#path('ca.key'),
      '-out',
      this.caFile,
      '-subj',
      '/CN=Test CA',
    ])
  }

  /**
   * Issues a certificate for host names and addresses, valid for a month from now, or until
   * yesterday if `expired`.
   */
  issue(hosts: readonly string[], options: { readonly expired?: boolean } = {}): Certificate {
    const names = hosts.map((host) => (isIP(host) > 0 ? `IP:${host}` : `DNS:${host}`)).join(',')
    writeFileSync(this.#path('extensions'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`)
    const [key, request, cert] = ['host.key', 'host.csr', 'host.crt'].map((name) => this.#path(name))
    if (key === undefined || request === undefined || cert === undefined) throw new Error('unreachable')
    this.#openssl(['req', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${hosts[0] ?? 'nobody'}`])
    const dates = ['-days', options.expired === true ? '-1' : '30']
    const authority = ['-CA', this.caFile, '-CAkey', this.#path('ca.key'), '-CAcreateserial']
    this.#openssl([
      'x509',
      '-req',
      '-in',
      request,
      ...authority,
      '-extfile',
      this.#path('extensions'),
      '-out',
      cert,
      ...dates,
    ])
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  }

  /** Makes this process trust the authority, as NODE_EXTRA_CA_CERTS does for other processes. */
  trust(): void {
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(this.caFile, 'utf8')])
  }

  #path(name: string): string {
    return join(this.directory, name)
  }

  #openssl(args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

let shared: Authority | undefined

/** One authority for all servers of this process. */
export const authority = (): Authority => (shared ??= new Authority())
