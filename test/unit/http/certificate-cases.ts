import { X509Certificate } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { AUTHORITY, type Chain, type Draft, type Issued, rsa } from '../../helpers/chain.js'

/** A TLS server, the requested host, and the expected result. */
export interface CertificateCase {
  readonly title: string
  readonly host: string
  readonly server: (chain: Chain) => TlsOptions
  /** The error message after the URL; absent: the certificate is accepted. */
  readonly refused?: string
  readonly unlikeCurl?: string
}

const OTHER_HOST = 'certificate of another host'
const UNKNOWN = 'certificate of an authority that is not trusted here'

type Outcome = Pick<CertificateCase, 'refused' | 'unlikeCurl'>
const GOOD: Outcome = {}
const not = (refused: string, unlikeCurl?: string): Outcome => ({
  refused,
  ...(unlikeCurl !== undefined && { unlikeCurl }),
})

const PURPOSE = 'certificate made for another purpose, or below one that is no authority'
const SERVER = ['extendedKeyUsage=serverAuth']
const plain = ({ key, cert }: Issued, ...chain: readonly Issued[]): TlsOptions => ({
  key,
  cert: [cert, ...chain.map((one) => one.cert)].join(''),
})

/** A certificate with these names, requested as `host`. */
const names = (host: string, subjectAltName: string, outcome: Outcome, commonName = 'host'): CertificateCase => ({
  title: `${host}: a certificate of ${subjectAltName === '' ? 'no name' : subjectAltName}${commonName === 'host' ? '' : `, CN ${commonName}`}`,
  host,
  server: (chain) =>
    plain(
      chain.make({
        commonName,
        extensions: [...(subjectAltName === '' ? [] : [`subjectAltName=${subjectAltName}`]), ...SERVER],
      }),
    ),
  ...outcome,
})

const ONLY_SAN = 'curl still takes the name of the subject where there is no other; browsers have not since 2017'

const NAMES: readonly CertificateCase[] = [
  names('example.com', 'DNS:example.com', GOOD),
  names('example.com', 'DNS:EXAMPLE.com', GOOD),
  names('EXAMPLE.com', 'DNS:example.com', GOOD),
  names('example.com', 'DNS:other.example,DNS:example.com', GOOD),
  names('example.com', 'DNS:other.example', not(OTHER_HOST)),
  names('example.com', 'DNS:www.example.com', not(OTHER_HOST)),
  names('example.com', 'DNS:example.com.evil.example', not(OTHER_HOST)),
  names('example.com', 'DNS:xexample.com', not(OTHER_HOST)),
  names('example.com', 'DNS:example.comx', not(OTHER_HOST)),
  names('example.com', 'DNS:.example.com', not(OTHER_HOST)),
  names('a.example.com', 'DNS:.example.com', not(OTHER_HOST)),
  names('a.example.com', 'DNS:example.com', not(OTHER_HOST)),
  names('a.example.com', 'DNS:*.example.com', GOOD),
  names('xn--bcher-kva.example.com', 'DNS:*.example.com', GOOD),
  names('xn--bcher-kva.example.com', 'DNS:xn--bcher-kva.example.com', GOOD),
  names('a_b.example.com', 'DNS:*.example.com', GOOD),
  names('a.b.example.com', 'DNS:*.example.com', not(OTHER_HOST)),
  names('a.b.example.com', 'DNS:*.*.example.com', not(OTHER_HOST)),
  names('a.b.example.com', 'DNS:a.*.example.com', not(OTHER_HOST)),
  names('example.com', 'DNS:*.example.com', not(OTHER_HOST)),
  names('example.com', 'DNS:*.com', not(OTHER_HOST)),
  names('example.com', 'DNS:*', not(OTHER_HOST)),
  names('example.com', 'DNS:*example.com', not(OTHER_HOST)),
  names('example.com', 'DNS:example.*', not(OTHER_HOST)),
  names('foo.example.com', 'DNS:f*.example.com', not(OTHER_HOST)),
  names('foo.example.com', 'DNS:*o.example.com', not(OTHER_HOST)),
  names('foo.example.com', 'DNS:f*o.example.com', not(OTHER_HOST)),
  names('xn--bcher-kva.example.com', 'DNS:xn--*.example.com', not(OTHER_HOST)),
  names('localhost', 'DNS:localhost', GOOD),
  names('localhost', 'DNS:*', not(OTHER_HOST)),
  names('localhost', 'IP:127.0.0.1', not(OTHER_HOST)),
  names('127.0.0.1', 'IP:127.0.0.1', GOOD),
  names('127.0.0.1', 'IP:127.0.0.2', not(OTHER_HOST)),
  names('127.0.0.1', 'DNS:127.0.0.1', not(OTHER_HOST)),
  names('127.0.0.1', 'DNS:*.0.0.1', not(OTHER_HOST)),
  names('127.0.0.1', 'DNS:localhost', not(OTHER_HOST)),
  names('127.0.0.1', '', not(OTHER_HOST, ONLY_SAN), '127.0.0.1'),
  names('example.com', '', not(OTHER_HOST, ONLY_SAN), 'example.com'),
  names('a.example.com', '', not(OTHER_HOST, ONLY_SAN), '*.example.com'),
  names('example.com', 'DNS:other.example', not(OTHER_HOST), 'example.com'),
  names('example.com', 'IP:127.0.0.1', not(OTHER_HOST, ONLY_SAN), 'example.com'),
  names('example.com', 'email:me@example.com', not(OTHER_HOST, ONLY_SAN), 'example.com'),
  names('example.com', 'URI:https://example.com/', not(OTHER_HOST)),
  names('example.com', 'email:example.com@example.com', not(OTHER_HOST)),
  names('example.com', '', not(OTHER_HOST), ''),
]

const LEAF = ['subjectAltName=DNS:example.com', ...SERVER]

/** A host's certificate like this. */
const leaf = (title: string, draft: Draft, outcome: Outcome): CertificateCase => ({
  title: `a certificate ${title}`,
  host: 'example.com',
  server: (chain) => plain(chain.make({ extensions: LEAF, ...draft })),
  ...outcome,
})

/** A host's certificate below such authorities; the server sends all of them except the root. */
const below = (title: string, drafts: readonly Draft[], outcome: Outcome, extensions = LEAF): CertificateCase => ({
  title: `a certificate below ${title}`,
  host: 'example.com',
  server: (chain) => {
    const sent: Issued[] = []
    for (const [index, draft] of drafts.entries()) {
      const issuer = sent[0] ?? chain.root
      sent.unshift(chain.make({ commonName: `Middle ${index}`, extensions: AUTHORITY, issuer, ...draft }))
    }
    return plain(chain.make({ extensions, issuer: sent[0] ?? chain.root }), ...sent)
  },
  ...outcome,
})

const PAST = { from: '20200101000000Z', to: '20210101000000Z' }
const FUTURE = { from: '20480101000000Z', to: '20490101000000Z' }
const path = (length: number): Draft => ({
  extensions: [`basicConstraints=critical,CA:true,pathlen:${length}`, 'keyUsage=critical,keyCertSign'],
})
const constrained = (constraint: string): Draft => ({
  extensions: [...AUTHORITY, `nameConstraints=critical,${constraint}`],
})

const LEAVES: readonly CertificateCase[] = [
  leaf('that has expired', PAST, not('certificate expired')),
  leaf('that is not valid yet', FUTURE, not('certificate not valid yet')),
  leaf('that signed itself', { issuer: null }, not('certificate signed by itself')),
  leaf(
    'of a client',
    { extensions: ['subjectAltName=DNS:example.com', 'extendedKeyUsage=clientAuth'] },
    {
      ...not(PURPOSE),
    },
  ),
  leaf(
    'for any purpose',
    { extensions: ['subjectAltName=DNS:example.com', 'extendedKeyUsage=anyExtendedKeyUsage'] },
    {
      ...not(PURPOSE),
    },
  ),
  leaf('that tells no purpose', { extensions: ['subjectAltName=DNS:example.com'] }, GOOD),
  leaf('of an RSA key of 2048 bits', { key: rsa(2048) }, GOOD),
  leaf('of an RSA key of 1024 bits', { key: rsa(1024) }, not('certificate with a key that is too weak')),
  leaf('of an Ed25519 key', { key: ['-newkey', 'ed25519'] }, GOOD),
  leaf('of a P-384 key', { key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'] }, GOOD),
  leaf('signed over SHA-1', { digest: 'sha1' }, not('certificate signed over a digest that is too weak')),
  leaf('signed over SHA-512', { digest: 'sha512' }, GOOD),
  leaf(
    'with an extension that must be understood',
    { extensions: [...LEAF, '1.2.3.4=critical,DER:0500'] },
    {
      ...not('certificate with a condition that nobody here understands'),
    },
  ),
  leaf('with an extension that need not', { extensions: [...LEAF, '1.2.3.4=DER:0500'] }, GOOD),
]

const CHAINS: readonly CertificateCase[] = [
  below('an authority below the root', [{}], GOOD),
  below('two of them', [{}, {}], GOOD),
  below('one that has expired', [PAST], not('certificate expired')),
  below('one that is not valid yet', [FUTURE], not('certificate not valid yet')),
  below('a host', [{ extensions: LEAF }], not(PURPOSE)),
  below('a host that says it is none', [{ extensions: ['basicConstraints=CA:false'] }], {
    ...not(PURPOSE),
  }),
  below('one that may sign no certificates', [{ extensions: ['basicConstraints=CA:true', 'keyUsage=cRLSign'] }], {
    // BoringSSL does not accept it as an issuer
    ...not(UNKNOWN),
  }),
  below('one that may have none below it, and has none', [path(0)], GOOD),
  below(
    'one that may have none below it, and has',
    [path(0), {}],
    not('certificate below more authorities than allowed'),
  ),
  below('one that may have one below it', [path(1), {}], GOOD),
  below('one for other names', [constrained('permitted;DNS:example.org')], {
    ...not('certificate of a name that its authority may not give'),
  }),
  below('one for all names but these', [constrained('excluded;DNS:example.com')], {
    ...not('certificate of a name that its authority may not give'),
  }),
  below('one for these names', [constrained('permitted;DNS:example.com')], GOOD),
  below('one with a weak key', [{ key: rsa(1024) }], not('certificate with a key that is too weak')),
  below('one signed over SHA-1', [{ digest: 'sha1' }], not('certificate signed over a digest that is too weak')),
  {
    title: 'a certificate whose authority is not sent',
    host: 'example.com',
    server: (chain) => {
      const middle = chain.make({ commonName: 'Unsent', extensions: AUTHORITY })
      return plain(chain.make({ extensions: LEAF, issuer: middle }))
    },
    ...not(UNKNOWN),
  },
  {
    title: 'a certificate of a root that is not trusted, which is sent along',
    host: 'example.com',
    server: (chain) => {
      const root = chain.make({ commonName: 'Other Root', extensions: AUTHORITY, issuer: null })
      return plain(chain.make({ extensions: LEAF, issuer: root }), root)
    },
    ...not(UNKNOWN),
  },
  {
    title: 'a certificate of a root that only calls itself as ours',
    host: 'example.com',
    server: (chain) => {
      const root = chain.make({ commonName: 'Test Root', extensions: AUTHORITY, issuer: null })
      return plain(chain.make({ extensions: LEAF, issuer: root }))
    },
    ...not(UNKNOWN),
  },
  {
    title: 'a certificate that was changed after it was signed',
    host: 'example.com',
    server: (chain) => {
      const { key, cert } = chain.make({ extensions: LEAF })
      const der = new X509Certificate(cert).raw
      der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
      const body = der.toString('base64').replace(/.{64}/g, '$&\n')
      return { key, cert: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n` }
    },
    ...not('certificate that its authority has not signed'),
  },
]

const good = (chain: Chain): TlsOptions => plain(chain.make({ extensions: LEAF }))
const NO_TLS = 'no TLS could be agreed on'

const VERSIONS: readonly CertificateCase[] = [
  { title: 'TLS 1.3 alone', host: 'example.com', server: (chain) => ({ ...good(chain), minVersion: 'TLSv1.3' }) },
  { title: 'TLS 1.2 alone', host: 'example.com', server: (chain) => ({ ...good(chain), maxVersion: 'TLSv1.2' }) },
  {
    title: 'TLS 1.1 alone',
    host: 'example.com',
    server: (chain) => ({
      ...good(chain),
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
    }),
    ...not(NO_TLS),
  },
  {
    title: 'a server that wants to see a certificate',
    host: 'example.com',
    server: (chain) => ({ ...good(chain), requestCert: true, rejectUnauthorized: true, ca: chain.root.cert }),
    ...not('the server wants to see a certificate, and appc has none'),
  },
]

export const CERTIFICATES: readonly CertificateCase[] = [...NAMES, ...LEAVES, ...CHAINS, ...VERSIONS]
