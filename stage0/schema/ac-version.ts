import { describe, text, type Parser } from './check.js'

/** The version of the specification this implementation keeps to; what it writes into new manifests. */
export const AC_VERSION = '0.8.11'

/** Three numbers, then perhaps a pre-release, then perhaps build metadata. */
const SHAPE = /^(\d+)\.(\d+)\.(\d+)(?:-([\dA-Za-z.-]+))?(?:\+([\dA-Za-z.-]+))?$/

/** What a SemVer version says; null where the string is none. */
interface Version {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint]
  readonly isPreRelease: boolean
}

/**
 * Reads SemVer 2.0.0: no leading zeros in numbers, no empty parts. The package semver would be loaded by every `run`, and takes more than
 * that: ` v1.0.0`.
 */
function readVersion(version: string): Version | null {
  const [, major = '', minor = '', patch = '', preRelease, build] = SHAPE.exec(version) ?? []
  const numeric = [major, minor, patch, ...(preRelease?.split('.') ?? [])]
  const parts = [...numeric, ...(build?.split('.') ?? [])]
  if (parts.includes('') || numeric.some((part) => /^0\d+$/.test(part))) return null
  return { numbers: [BigInt(major), BigInt(minor), BigInt(patch)], isPreRelease: preRelease !== undefined }
}

/**
 * SPEC T4: SemVer 2.0.0 of our major series. Another version of the series is noted; a newer major is refused; 0.0.0 was
 * never a version of the specification.
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
  if (numbers[0] !== OURS[0]) {
    return at.fault(`${written} is another major version of the specification than ${AC_VERSION}`)
  }
  const order = compare(numbers, OURS)
  if (order < 0 || (order === 0 && isPreRelease)) at.note(`${written} is older than the specification’s ${AC_VERSION}`)
  if (order > 0) at.note(`${written} is newer than the specification’s ${AC_VERSION}`)
  return written
}

const OURS = AC_VERSION.split('.').map(BigInt)

/** Below, at or above 0, as the first number that differs. */
function compare(left: readonly bigint[], right: readonly bigint[]): number {
  const index = left.findIndex((number, place) => number !== right[place])
  return index < 0 ? 0 : (left[index] ?? 0n) < (right[index] ?? 0n) ? -1 : 1
}
