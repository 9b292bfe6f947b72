import type { PodManifest } from '#schema/pod-manifest.js'
import type { AppFacts } from './pod-facts.js'

/** Isolators that take effect. */
const ENFORCED: ReadonlySet<string> = new Set([
  'os/linux/capabilities-retain-set',
  'os/linux/capabilities-remove-set',
  'os/linux/no-new-privileges',
])

/** One warning for each isolator that does nothing (E16, I14). */
export function unenforced(pod: PodManifest, apps: readonly AppFacts[]): readonly string[] {
  const idle = (subject: string, isolators: readonly { readonly name: string }[] | undefined) =>
    (isolators ?? [])
      .filter(({ name }) => !ENFORCED.has(name))
      .map(({ name }) => `${subject}: isolator ${name} is not enforced`)
  return [
    ...(pod.isolators ?? []).map(({ name }) => `pod: isolator ${name} is not enforced`),
    ...apps.flatMap(({ name, app }) => idle(`app ${name}`, app.isolators)),
  ]
}
