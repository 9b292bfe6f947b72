import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GpgHome, openGpg } from '../../../helpers/pgp.js'
import { BYTES, once, type Planted, rows, type Situation, type Situations, trustedForApp } from './situation.js'

let opened: GpgHome | undefined

/** One home for all keys, which differ by their names. */
const gpg = (): GpgHome => (opened ??= openGpg())

export const closeGpg = (): void => opened?.close()

const address = (name: string): string => `${name}@gpg.example.com`

interface Made {
  readonly algorithm?: string
  /** The time: `20260101T000000`. */
  readonly at?: string
  /** The change to the key at that time. */
  readonly then?: (name: string, fingerprint: string) => void
}

/** A key that gpg makes. */
const made = (name: string, { algorithm = 'ed25519', at, then }: Made = {}): (() => Promise<string>) =>
  once(() => {
    const clock = at === undefined ? [] : ['--faked-system-time', at]
    gpg()(...clock, '--quick-generate-key', `${name} <${address(name)}>`, algorithm, 'sign', '0')
    const fingerprint = fingerprintOf(name)
    then?.(name, fingerprint)
    return Promise.resolve(fingerprint)
  })

const fingerprintOf = (name: string): string =>
  (
    /^fpr:+([0-9A-F]{40}):/m.exec(gpg()('--with-colons', '--list-keys', address(name)).toString())?.[1] ?? ''
  ).toLowerCase()

/** The key as gpg exports it, with its bytes changed by `change`. */
const exported = (
  key: () => Promise<string>,
  options: readonly string[] = [],
  change: (bytes: Buffer, fingerprint: string) => Buffer = (bytes) => bytes,
): (() => Promise<Planted>) =>
  once(async () => {
    const fingerprint = await key()
    return { fingerprint, bytes: change(gpg()('--armor', ...options, '--export', fingerprint), fingerprint) }
  })

let files = 0

/** gpg's signature of the image with these options. */
const signed = (key: () => Promise<string>, ...options: readonly string[]): (() => Promise<Uint8Array>) =>
  once(async () => {
    const file = join(gpg().path, `image-${++files}`)
    const user = await key()
    writeFileSync(file, BYTES)
    gpg()('--local-user', user, '--output', `${file}.x`, ...(options.length === 0 ? ['--detach-sign'] : options), file)
    return readFileSync(`${file}.x`)
  })

/** A signature from before the change to the key, after which gpg would refuse to sign. */
const signedBefore = (name: string, change: (name: string, fingerprint: string) => void, more: Made = {}) => {
  let signature: Uint8Array | undefined
  const key = made(name, {
    ...more,
    then: (_name, fingerprint) => {
      const file = join(gpg().path, `image-${++files}`)
      writeFileSync(file, BYTES)
      more.then?.(name, fingerprint)
      gpg()('--local-user', fingerprint, '--output', `${file}.sig`, '--detach-sign', file)
      signature = readFileSync(`${file}.sig`)
      change(name, fingerprint)
    },
  })
  return {
    key,
    signature: async (): Promise<Uint8Array> => {
      await key()
      return signature ?? Buffer.alloc(0)
    },
  }
}

const certificate = (fingerprint: string): Buffer =>
  Buffer.from(
    readFileSync(join(gpg().path, 'openpgp-revocs.d', `${fingerprint.toUpperCase()}.rev`), 'utf8').replace(
      /^:-----/m,
      '-----',
    ),
  )

const rsa = made('rsa', { algorithm: 'rsa2048' })
const plain = made('plain')

const invalid = (message: RegExp): Pick<Situation, 'refused'> => ({ refused: ['SIGNATURE_INVALID', message] })
const unfit = (message: RegExp): Pick<Situation, 'refused'> => ({ refused: ['KEY_INVALID', message] })

const GOOD_ALGORITHMS = ['ed25519', 'rsa2048', 'rsa3072', 'nistp256', 'nistp384', 'nistp521']

const WAYS: Readonly<Record<string, readonly [options: readonly string[], more: Partial<Situation>]>> = {
  'in armour': [['--armor', '--detach-sign'], {}],
  'with SHA-224': [['--digest-algo=SHA224', '--detach-sign'], {}],
  'with SHA-256': [['--digest-algo=SHA256', '--detach-sign'], {}],
  'with SHA-384': [['--digest-algo=SHA384', '--detach-sign'], {}],
  'with SHA-512': [['--digest-algo=SHA512', '--detach-sign'], {}],
  'with a comment': [['--armor', '--comment', 'made by hand', '--detach-sign'], {}],
  'with a notation': [['--sig-notation', 'why@example.com=because', '--detach-sign'], {}],
  'with a notation that must be understood': [
    ['--sig-notation', '!why@example.com=because', '--detach-sign'],
    invalid(/unknown critical notation: why@example.com$/),
  ],
  'with an end in the future': [['--default-sig-expire', '10d', '--detach-sign'], {}],
  'with SHA-1': [
    ['--digest-algo=SHA1', '--detach-sign'],
    { ...invalid(/uses SHA1, which is too weak$/), gpgDiffers: 'gpg 2.2 still takes SHA-1 for a signature of a file' },
  ],
  'as a text': [
    ['--textmode', '--detach-sign'],
    { ...invalid(/is of a text, not of a file's bytes$/), gpgDiffers: 'gpg verifies texts, too' },
  ],
  'as a clear-signed text': [['--clear-sign'], invalid(/is a clear-signed text, not detached$/)],
  'as a message': [['--sign'], invalid(/is a message with its own content, not detached$/)],
  'as a message in armour': [['--armor', '--sign'], invalid(/is a message with its own content, not detached$/)],
  'in 2038': [
    ['--faked-system-time=20380101T000000!', '--detach-sign'],
    { ...invalid(/is from the future \(2038-01-01T/), gpgDiffers: 'gpg takes signatures from any future' },
  ],
}

const WINTER = { at: '20260101T000000' }

/** Two days later, its owner set an expiry. */
const end = (_name: string, fingerprint: string): void =>
  void gpg()('--faked-system-time', '20260103T000000', '--quick-set-expire', fingerprint, '2026-02-01')

const lasting = signedBefore('lasting', () => undefined, WINTER)
const expired = signedBefore('expired', end, WINTER)
const prolonged = signedBefore(
  'prolonged',
  (name, fingerprint) => {
    end(name, fingerprint)
    gpg()('--quick-set-expire', fingerprint, '0')
  },
  WINTER,
)

const revokedByCertificate = signedBefore('revoked', (_name, fingerprint) => {
  const file = join(gpg().path, 'certificate')
  writeFileSync(file, certificate(fingerprint))
  gpg()('--import', file)
})

const notImported = signedBefore('certificate', () => undefined)

const goodSubkey = signedBefore('goodsubkey', () => undefined, {
  // gpg signs with the newer of two subkeys
  ...WINTER,
  then: (_name, fingerprint) => void gpg()('--quick-add-key', fingerprint, 'ed25519', 'sign', '0'),
})

const oneNameRevoked = signedBefore(
  'names',
  (name) => void gpg()('--quick-revoke-uid', address(name), `${name} <${address(name)}>`),
  { then: (name) => void gpg()('--quick-add-uid', address(name), 'another <another@gpg.example.com>') },
)

const revoker = made('revoker')

const designated = (name: string, isRevoked: boolean) => {
  const one = signedBefore(name, (_name, fingerprint) => {
    const by = fingerprintOf('revoker')
    gpg().answering(['addrevoker', by, 'y', 'save'], '--edit-key', fingerprint)
    if (!isRevoked) return
    const file = join(gpg().path, 'designated')
    gpg().answering(['y', '1', '', 'y'], '--armor', '--output', file, '--desig-revoke', fingerprint)
    gpg()('--import', file)
  })
  const key = async (): Promise<string> => {
    await revoker()
    return await one.key()
  }
  return { key, signature: async () => (await key(), await one.signature()) }
}

const desigRevoked = designated('designated', true)
const desigGood = designated('entrusted', false)

const whole = ({
  key,
  signature,
}: {
  key: () => Promise<string>
  signature: () => Promise<Uint8Array>
}): Situation => ({
  trusted: trustedForApp(exported(key)),
  signature,
})

/** Keys and signatures made by the real gpg. */
export const GPG_MADE: Situations = {
  ...rows(GOOD_ALGORITHMS, (algorithm) => {
    const key = made(`algorithm-${algorithm}`, { algorithm })
    return [`a key of kind ${algorithm}`, { trusted: trustedForApp(exported(key)), signature: signed(key) }]
  }),
  ...rows(
    [
      ['dsa2048', /which is too weak: DSA$/],
      ['brainpoolP256r1', /which is of a kind that is not supported: brainpoolP256r1$/],
      ['brainpoolP512r1', /which is of a kind that is not supported: brainpoolP512r1$/],
      ['secp256k1', /which is too weak: the curve secp256k1$/],
    ] as const,
    ([algorithm, message]) => {
      const key = made(`algorithm-${algorithm}`, { algorithm })
      return [
        `a key of kind ${algorithm}`,
        {
          trusted: trustedForApp(exported(key)),
          signature: signed(key),
          ...unfit(message),
          gpgDiffers: 'gpg has more kinds of keys than are relied on here',
        },
      ]
    },
  ),
  ...rows(Object.entries(WAYS), ([how, [options, more]]) => [
    `a signature ${how}`,
    { trusted: trustedForApp(exported(rsa)), signature: signed(rsa, ...options), ...more },
  ]),
  ...rows(['export-minimal', 'export-clean', 'no-export-attributes'], (option) => [
    `a key exported with ${option}`,
    { trusted: trustedForApp(exported(plain, ['--export-options', option])), signature: signed(plain) },
  ]),
  'a good key of last winter': whole(lasting),
  'a key that has expired': { ...whole(expired), ...unfit(/which expired on 2026-02-01$/) },
  'a key that expired and was prolonged': whole(prolonged),
  'a revoked key': { ...whole(revokedByCertificate), ...unfit(/which was revoked$/) },
  'a key with its certificate of revocation behind it': {
    trusted: trustedForApp(
      exported(notImported.key, [], (bytes, fingerprint) => Buffer.concat([bytes, certificate(fingerprint)])),
    ),
    signature: notImported.signature,
    ...unfit(/which was revoked$/),
  },
  'a certificate of revocation as gpg lays it by, with a colon': {
    trusted: trustedForApp(
      exported(notImported.key, [], (bytes, fingerprint) =>
        Buffer.concat([bytes, Buffer.from(certificate(fingerprint).toString().replace('-----BEGIN', ':-----BEGIN'))]),
      ),
    ),
    signature: notImported.signature,
  },
  'a subkey': whole(goodSubkey),
  'a key with one of two names revoked': whole(oneNameRevoked),
  'a key that another may revoke': {
    trusted: [...trustedForApp(exported(desigGood.key)), ['local', 'elsewhere', exported(revoker)]],
    signature: desigGood.signature,
  },
  'a key that another has revoked': {
    trusted: [...trustedForApp(exported(desigRevoked.key)), ['local', 'elsewhere', exported(revoker)]],
    signature: desigRevoked.signature,
    ...unfit(/which was revoked/),
  },
  'a key that another has revoked, who is not known': {
    ...whole(desigRevoked),
    warning: /bears a revocation by key [0-9a-f]{40}, which may revoke it but is not known here$/,
  },
}
