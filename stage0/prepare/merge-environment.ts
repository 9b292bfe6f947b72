import { ENVIRONMENT_NAME, type EnvironmentVariable } from '#schema/environment.js'
import type { Variables } from './request.js'

/**
 * Variables for every app, the weakest first. Those of an image come after `inherited` and before
 * `files`.
 */
export interface PodEnvironment {
  readonly inherited: Variables
  readonly files: Variables
  readonly set: Variables
}

/**
 * Merges sources of variables: a later source overrides an earlier one, and a name keeps its first
 * position. Names that the specification does not allow (M9) are left out; only an inherited
 * environment can have them.
 */
export function mergeEnvironment(
  ...sources: readonly (Iterable<readonly [string, string]> | undefined)[]
): EnvironmentVariable[] {
  const variables = new Map<string, string>()
  for (const source of sources) {
    for (const [name, value] of source ?? []) {
      if (ENVIRONMENT_NAME.test(name)) variables.set(name, value)
    }
  }
  return Array.from(variables, ([name, value]) => ({ name, value }))
}

/** The variables of a manifest as pairs of name and value. */
export const pairsOf = (variables: readonly EnvironmentVariable[] = []): (readonly [string, string])[] =>
  variables.map(({ name, value }) => [name, value] as const)
