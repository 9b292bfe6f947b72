import type { Problem } from './check.js'
import { RuntimeError } from './errors.js'
import { visible } from './visible.js'

/** A kind of manifest (SPEC T3). */
export type ManifestKind = 'ImageManifest' | 'PodManifest'

/**
 * A manifest that violates the specification: all problems, with their paths. The message has one
 * line for each; line ends from the document itself are escaped.
 */
export class ManifestError extends RuntimeError {
  /** The document's kind; undefined if the kind is the problem, or if the document is no JSON. */
  readonly kind: ManifestKind | undefined
  readonly problems: readonly Problem[]

  /**
   * @param subject the document's name in the message: a file name, an image ID with the word
   * manifest, …
   */
  constructor(subject: string, problems: readonly Problem[], kind?: ManifestKind) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    super(
      'MANIFEST_INVALID',
      [`${visible(subject)}: ${count}`, ...problems.map((problem) => `  ${visible(oneLine(problem))}`)].join('\n'),
    )
    this.name = 'ManifestError'
    this.kind = kind
    this.problems = problems
  }
}

/** A problem in one line: `app.user: missing`. */
export const oneLine = ({ path, message }: Problem): string => (path === '' ? message : `${path}: ${message}`)

/**
 * The first problem in one line: actool's message if actool checks the same (`acVersion must be
 * set`), else ours (`app.ports[0].protocol: missing`).
 */
export function firstProblem(error: ManifestError): string {
  const [first] = error.problems
  return first === undefined ? error.message : (first.actool ?? oneLine(first))
}

/**
 * What `actool validate` prints for a manifest, after `FILE: ` (SPEC V2): `invalid ImageManifest:
 * acVersion must be set`; `error unmarshaling manifest: …` where the kind is unknown.
 */
export const manifestVerdict = (error: ManifestError): string =>
  error.kind === undefined
    ? `error unmarshaling manifest: ${firstProblem(error)}`
    : `invalid ${error.kind}: ${firstProblem(error)}`
