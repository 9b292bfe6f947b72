import { describe, text, type Parser } from './check.js'
import type { ManifestKind } from './manifest-error.js'

const KINDS: readonly string[] = ['ImageManifest', 'PodManifest'] satisfies ManifestKind[]

/** SPEC T3: the document must be of this kind; the problem names another kind. */
export const acKind =
  <K extends ManifestKind>(kind: K): Parser<K> =>
  (value, at) => {
    const found = text(value, at)
    if (found === null || found === kind) return found as K | null
    const actool = KINDS.includes(found)
      ? missingKind(kind)
      : found === ''
        ? 'ACKind must be set'
        : `bad ACKind: ${found}`
    return at.fault(`expected "${kind}", got ${describe(found)}`, actool)
  }

/** actool's message where the kind is missing or is the other kind. */
export const missingKind = (kind: ManifestKind): string => `missing or bad ACKind (must be "${kind}")`

/** The kind that `value` names; undefined where it is none. */
export const kindOf = (value: unknown): ManifestKind | undefined =>
  typeof value === 'string' && KINDS.includes(value) ? (value as ManifestKind) : undefined
