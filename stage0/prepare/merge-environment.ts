import { ENVIRONMENT_NAME, type EnvironmentVariable } from '#schema/environment.js'
import type { Variables } from './request.js'

/** Variables for every app, by rank: an image's own stand between the first and the others. */
export interface PodEnvironment {
  readonly inherited: Variables
  readonly files: Variables
  readonly set: Variables
}

/**
 * Lays sources of variables over each other: a later one wins, a name stays where it stood first. What cannot be a name
 * of the specification (M9) is left out, which only an inherited environment can hold.
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

/** Variables of a manifest as pairs. */
export const pairs = (variables: readonly EnvironmentVariable[] = []): (readonly [string, string])[] =>
  variables.map(({ name, value }) => [name, value] as const)
