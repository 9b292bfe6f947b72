import { kindOf } from './ac-kind.js'
import { describe, isObject, Place } from './check.js'
import { imageManifest } from './image-manifest.js'
import { parseJSON } from './json.js'
import { ManifestError, type ManifestKind } from './manifest-error.js'
import { linesOf } from './manifest-warnings.js'
import { podManifest } from './pod-manifest.js'

export { firstProblem, ManifestError, manifestVerdict } from './manifest-error.js'

/** The kind of a valid manifest, and warnings about it (one line each). */
export interface ValidManifest {
  readonly kind: ManifestKind
  readonly warnings: readonly string[]
}

/**
 * Validates a manifest of the kind in its `acKind` (SPEC T3, V2). Errors: {@link ManifestError};
 * `manifestVerdict(error)` is the line that actool prints for it, `firstProblem(error)` only the
 * problem.
 */
export function validateManifest(source: string | Uint8Array, subject: string): ValidManifest {
  const at = new Place()
  const json = parseJSON(source, at)
  const kind = json === null ? null : kindAt(json.value, at)
  if (json === null || kind === null) throw new ManifestError(subject, at.problems)
  const parser = kind === 'ImageManifest' ? imageManifest : podManifest
  if (parser(json.value, at) === null) {
    const version = at.problems.find(({ path, actool }) => path === 'acVersion' && actool?.startsWith('SemVer'))
    if (version === undefined) throw new ManifestError(subject, at.problems, kind)
    // actool parses the version together with the kind, so its error does not name the kind
    throw new ManifestError(subject, [version, ...at.problems.filter((problem) => problem !== version)])
  }
  return { kind, warnings: linesOf(at.notes) }
}

/** The kind of a document. */
function kindAt(value: unknown, at: Place): ManifestKind | null {
  if (!isObject(value)) return at.fault(`expected an object, got ${describe(value)}`)
  const key = Object.keys(value).find((name) => name.toLowerCase() === 'ackind') ?? 'acKind'
  const found = value['acKind'] ?? value[key]
  const kind = kindOf(found)
  if (kind !== undefined) return kind
  if (found === undefined || found === null || found === '')
    return at.field('acKind').fault('missing', 'ACKind must be set')
  const actool = typeof found === 'string' ? `bad ACKind: ${found}` : undefined
  return at.field('acKind').fault(`expected "ImageManifest" or "PodManifest", got ${describe(found)}`, actool)
}
