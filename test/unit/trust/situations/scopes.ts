import {
  by,
  good,
  NAME,
  NO_MASKS,
  NO_PREFIXES,
  other,
  type Places,
  type Planted,
  rows,
  type Situations,
  trustedForApp,
} from './situation.js'

const LEVELS = ['system', 'local', 'user'] as const
type Level = (typeof LEVELS)[number]

const each = <T, U>(some: readonly T[], more: readonly U[]): readonly (readonly [T, U])[] =>
  some.flatMap((one) => more.map((two) => [one, two] as const))

const called = (prefix: string | null): string => prefix ?? 'every image'

const VOUCHING = [null, 'example.com', NAME]
const NOT_VOUCHING = [
  'example.com/ap',
  'example.com/appl',
  'example.com/app/part',
  'example.com/other',
  'example.co',
  'example.org',
  'com',
]

/** Pairs of levels, the stronger one first. */
const STRONGER: readonly (readonly [Level, Level])[] = [
  ['local', 'system'],
  ['user', 'system'],
  ['user', 'local'],
]

const MASKS = {
  'an empty file': Buffer.alloc(0),
  'a symlink to /dev/null': null,
} as const

const mask = (bytes: Uint8Array | null) => async (): Promise<Planted> => ({
  fingerprint: (await good()).getFingerprint(),
  bytes,
})

const masked = (kind: keyof typeof MASKS, where: Level, key: Level): Places => [
  [where, NAME, mask(MASKS[kind])],
  [key, NAME, good],
]

const KINDS = Object.keys(MASKS) as (keyof typeof MASKS)[]

/** The images for which a key may vouch, by its files. */
export const SCOPES: Situations = {
  ...rows(each(LEVELS, VOUCHING), ([level, prefix]) => [
    `a key of the ${level} level for ${called(prefix)}`,
    { trusted: [[level, prefix, good]], signature: by(good) },
  ]),
  ...rows(each(LEVELS, NOT_VOUCHING), ([level, prefix]) => [
    `a key of the ${level} level for ${prefix}`,
    {
      trusted: [[level, prefix, good]],
      signature: by(good),
      refused: [
        'KEY_UNTRUSTED',
        new RegExp(
          `^app.aci: signed by key [0-9a-f]{40} \\(good <good@example.com>\\), which is trusted for ${prefix}, not for ${NAME}$`,
        ),
      ],
      gpgDiffers: NO_PREFIXES,
    },
  ]),
  ...rows(each(KINDS, STRONGER), ([kind, [strong, weak]]) => [
    `a key of the ${weak} level that ${kind} of the ${strong} level masks`,
    {
      trusted: masked(kind, strong, weak),
      signature: by(good),
      refused: ['KEY_UNTRUSTED', /which the empty file .*trustedkeys.* takes out of use$/],
      gpgDiffers: NO_MASKS,
    },
  ]),
  ...rows(each(KINDS, STRONGER), ([kind, [strong, weak]]) => [
    `a key of the ${strong} level that ${kind} of the ${weak} level does not mask`,
    { trusted: masked(kind, weak, strong), signature: by(good) },
  ]),
  ...rows(KINDS, (kind) => [
    `a key for the domain, while ${kind} masks the one for the name`,
    { trusted: [...masked(kind, 'local', 'system'), ['system', 'example.com', good]], signature: by(good) },
  ]),
  'any trusted key, while the name is not known': {
    trusted: [['local', 'other.org', good]],
    signature: by(good),
    imageName: undefined,
  },
  'no key at all': {
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /^app\.aci: signed by key [0-9a-f]{40}, which is not trusted for example\.com\/app$/],
  },
  'another key than the trusted one': {
    trusted: trustedForApp(other),
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /signed by key [0-9a-f]{40}, which is not trusted for example\.com\/app$/],
  },
  'no key, while the name is not known': {
    signature: by(good),
    imageName: undefined,
    refused: ['KEY_UNTRUSTED', /signed by key [0-9a-f]{40}, which is not trusted$/],
  },
  'the right key for two other prefixes': {
    trusted: [
      ['local', 'a.org', good],
      ['local', 'b.org', good],
    ],
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /trusted for a\.org, b\.org, not for/],
    gpgDiffers: NO_PREFIXES,
  },
}
