import type { IsolatorScope } from '#schema/isolator-table.js'
import type { Isolator } from '#schema/known-isolator.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import { isEnforced } from './isolators/rules.js'
import type { AppFacts } from './pod-facts.js'

/** One warning for each isolator that does nothing (E16, I14): it has no rule for this scope, or its name is unknown. */
export function unenforced(pod: PodManifest, apps: readonly AppFacts[]): readonly string[] {
  const idle = (subject: string, isolators: readonly Isolator[] = [], scope: IsolatorScope) =>
    isolators
      .filter(({ name }) => !isEnforced(name, scope))
      .map(({ name }) => `${subject}: isolator ${name} is not enforced`)
  return [
    ...idle('pod', pod.isolators, 'pod'),
    ...apps.flatMap(({ name, app }) => idle(`app ${name}`, app.isolators, 'app')),
  ]
}
