import type { RunSpec } from '#schema/run-spec.js'
import type { AppFacts } from './pod-facts.js'

/**
 * A warning for apps that run as root in the host's network: abstract UNIX sockets (unix(7)) belong
 * to the network namespace, and many programs on a host accept root there. Users that only the
 * image can resolve (names, owners of files) are not known here.
 */
export function hostNetworkWarnings(
  { network }: Pick<RunSpec, 'network'>,
  apps: readonly AppFacts[],
): readonly string[] {
  const names = apps.filter(({ app }) => /^(root|0+)$/.test(app.user)).map(({ name }) => name)
  if (network !== 'host' || names.length === 0) return []
  const subject = names.length === 1 ? `app ${names.join()} runs` : `apps ${names.join(', ')} run`
  return [`network host: ${subject} as root and can reach the abstract UNIX sockets of the host`]
}
