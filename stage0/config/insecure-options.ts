import { RuntimeError } from '#schema/errors.js'

/** The checks that `--insecure-options` switches off; true means off. */
export interface InsecureOptions {
  /** The check of the signatures of images. */
  readonly image: boolean
  /** The check of the certificates of servers. */
  readonly tls: boolean
  /** The check that images, signatures and discovery pages come over https. */
  readonly http: boolean
  /** The check that keys come over https. */
  readonly pubkey: boolean
  /** The check that a stored tree still matches its ID. */
  readonly ondisk: boolean
  /** The check that an image alone requests no capabilities beyond the default. */
  readonly capabilities: boolean
}

export const SECURE: InsecureOptions = {
  image: false,
  tls: false,
  http: false,
  pubkey: false,
  ondisk: false,
  capabilities: false,
}

const FETCH: InsecureOptions = { ...SECURE, image: true, tls: true, http: true, pubkey: true }

const WORDS: Readonly<Record<string, Partial<InsecureOptions>>> = {
  none: {},
  image: { image: true },
  tls: { tls: true },
  http: { http: true },
  pubkey: { pubkey: true },
  ondisk: { ondisk: true },
  capabilities: { capabilities: true },
  'all-fetch': FETCH,
  all: { ...FETCH, ondisk: true, capabilities: true },
}

/** Words of rkt for checks that appc cannot switch off. */
const UNSUPPORTED = ['paths', 'seccomp', 'all-run']

/** Parses the value of `--insecure-options`: words separated by commas. Errors: USAGE. */
export function parseInsecureOptions(value: string): InsecureOptions {
  return value.split(',').reduce((options, word) => ({ ...options, ...optionsOf(word.trim()) }), SECURE)
}

function optionsOf(word: string): Partial<InsecureOptions> {
  const options = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined
  if (options !== undefined) return options
  const problem = UNSUPPORTED.includes(word)
    ? `${word} is not supported yet`
    : `${word === '' ? 'an empty word' : word} is not known`
  throw new RuntimeError('USAGE', `--insecure-options: ${problem}`, {
    hint: `one of: ${Object.keys(WORDS).join(', ')}`,
  })
}
