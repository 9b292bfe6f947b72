import { isObject, Place, type Parser } from './check.js'
import { parseJSON } from './json.js'
import { ManifestError, type ManifestKind } from './manifest-error.js'

/**
 * Parses a document of one kind. Errors: {@link ManifestError} with every problem.
 *
 * @param source the text, or its bytes (UTF-8)
 * @param subject the document's name in errors
 */
export function readDocument<T>(
  source: string | Uint8Array,
  subject: string,
  kind: ManifestKind,
  parser: Parser<T>,
): T {
  const at = new Place()
  const json = parseJSON(source, at)
  const value = json === null ? null : parser(json.value, at)
  if (value !== null) return value
  const hasKind = json !== null && isObject(json.value) && json.value['acKind'] === kind
  throw new ManifestError(subject, at.problems, hasKind ? kind : undefined)
}
