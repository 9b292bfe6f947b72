import type { Problem } from './check.js'
import { RuntimeError } from './errors.js'
import { visible } from './visible.js'

/** A kind of manifest (SPEC T3). */
export type ManifestKind = 'ImageManifest' | 'PodManifest'

/**
 * A manifest that breaks the specification: every problem, with its path. Its message has one line for each; whatever line ends the
 * document itself holds are visible in it.
 */
export class ManifestError extends RuntimeError {
  /** What the document says it is; absent where that is what is wrong, or where it is no JSON at all. */
  readonly kind: ManifestKind | undefined
  readonly problems: readonly Problem[]

  /** @param subject what the user called the document: a file name, an image ID with the word manifest, … */
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
 * The first problem in one line, in actool's words where it checks the same thing (`acVersion must be set`), else in ours
 * (`app.ports[0].protocol: missing`).
 */
export function firstProblem(error: ManifestError): string {
  const [first] = error.problems
  return first === undefined ? error.message : (first.actool ?? oneLine(first))
}

/**
 * What `actool validate` prints for a manifest, after `FILE: ` (SPEC V2): `invalid ImageManifest: acVersion must be set`;
 * `error unmarshaling manifest: …` where the kind itself cannot be told.
 */
export const manifestVerdict = (error: ManifestError): string =>
  error.kind === undefined
    ? `error unmarshaling manifest: ${firstProblem(error)}`
    : `invalid ${error.kind}: ${firstProblem(error)}`
