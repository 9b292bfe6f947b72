/** The file in the data directory with the secrets from which the signing keys of pods are made. */
export const SIGNING_SECRETS = 'metadata-secrets'

/** The length of a secret: as long as the digest that uses it (RFC 2104, section 3). */
export const SECRET_BYTES = 64

/**
 * The secrets of a host, newest first: the first one signs, all of them verify. `null` where the
 * text is not what {@link formatSecrets} makes.
 */
export function parseSecrets(text: string): readonly Buffer[] | null {
  const lines = text.split('\n').slice(0, -1)
  const isValid = text.endsWith('\n') && lines.every((line) => SECRET.test(line))
  return isValid ? lines.map((line) => Buffer.from(line, 'hex')) : null
}

/** The text of the file: one line of hexadecimal digits for each secret. */
export const formatSecrets = (secrets: readonly Buffer[]): string =>
  secrets.map((secret) => `${secret.toString('hex')}\n`).join('')

const SECRET = new RegExp(`^[0-9a-f]{${2 * SECRET_BYTES}}$`)
