import type { IsolatorScope } from '#schema/isolator-table.js'
import type { Isolator } from '#schema/known-isolator.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import { isEnforced } from './isolators/rules.js'
import type { AppFacts } from './pod-facts.js'

/**
 * One warning for each isolator that is not enforced (E16, I14): it has no rule for this scope, or
 * its name is unknown.
 */
export function unenforcedWarnings(pod: PodManifest, apps: readonly AppFacts[]): readonly string[] {
  const warningsFor = (subject: string, isolators: readonly Isolator[] = [], scope: IsolatorScope) =>
    isolators
      .filter(({ name }) => !isEnforced(name, scope))
      .map(({ name }) => `${subject}: isolator ${name} is not enforced`)
  return [
    ...warningsFor('pod', pod.isolators, 'pod'),
    ...apps.flatMap(({ name, app }) => warningsFor(`app ${name}`, app.isolators, 'app')),
  ]
}
