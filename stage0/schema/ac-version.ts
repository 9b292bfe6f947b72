import { describe, text, type Parser } from './check.js'

/** The version of the specification that appc implements, and that it writes into new manifests. */
export const AC_VERSION = '0.8.11'

/** Three numbers, then an optional pre-release, then optional build metadata. */
const SHAPE = /^(\d+)\.(\d+)\.(\d+)(?:-([\dA-Za-z.-]+))?(?:\+([\dA-Za-z.-]+))?$/

/** A parsed SemVer version. */
interface Version {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint]
  readonly isPreRelease: boolean
}

/**
 * Parses SemVer 2.0.0: no leading zeros in numbers, no empty parts; null for any other string. The
 * package semver is not used, because every `run` would load it, and it accepts more, such as `
 * v1.0.0`.
 */
function readVersion(version: string): Version | null {
  const [, major = '', minor = '', patch = '', preRelease, build] = SHAPE.exec(version) ?? []
  const numeric = [major, minor, patch, ...(preRelease?.split('.') ?? [])]
  const parts = [...numeric, ...(build?.split('.') ?? [])]
  if (parts.includes('') || numeric.some((part) => /^0\d+$/.test(part))) return null
  return { numbers: [BigInt(major), BigInt(minor), BigInt(patch)], isPreRelease: preRelease !== undefined }
}

/**
 * SPEC T4: SemVer 2.0.0 with our major version. Another version of the same major is noted, another
 * major is refused. 0.0.0 is refused, because it never was a version of the specification.
 */
export const acVersion: Parser<string> = (value, at) => {
  const written = text(value, at)
  if (written === null || written === AC_VERSION) return written
  const version = readVersion(written)
  if (version === null) {
    return at.fault(`expected a SemVer version like ${AC_VERSION}, got ${describe(written)}`, 'SemVer is bad')
  }
  const { numbers, isPreRelease } = version
  if (numbers.every((number) => number === 0n) && !isPreRelease) {
    return at.fault(`${written} is no version of the specification`, 'SemVer cannot be zero')
  }
  if (numbers[0] !== OUR_NUMBERS[0]) {
    return at.fault(`${written} is another major version of the specification than ${AC_VERSION}`)
  }
  const order = compare(numbers, OUR_NUMBERS)
  if (order < 0 || (order === 0 && isPreRelease)) at.note(`${written} is older than the specification’s ${AC_VERSION}`)
  if (order > 0) at.note(`${written} is newer than the specification’s ${AC_VERSION}`)
  return written
}

const OUR_NUMBERS = AC_VERSION.split('.').map(BigInt)

/** Negative, 0 or positive, by the first number that differs. */
function compare(left: readonly bigint[], right: readonly bigint[]): number {
  const index = left.findIndex((number, place) => number !== right[place])
  return index < 0 ? 0 : (left[index] ?? 0n) < (right[index] ?? 0n) ? -1 : 1
}
