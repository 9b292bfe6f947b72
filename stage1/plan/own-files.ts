import { RuntimeError } from '#schema/errors.js'
import type { AppFacts, PodFacts } from './pod-facts.js'
import type { PlannedVolume } from './volumes.js'

/**
 * Refuses a volume at a file that the operator has appc write: both cannot be there. Errors:
 * VOLUME_INVALID.
 */
export function checkOwnFiles({ spec }: PodFacts, { name }: AppFacts, volumes: readonly PlannedVolume[]): void {
  const files = [
    { path: '/etc/resolv.conf', option: '--dns', isGiven: spec.dns !== undefined && spec.dns !== 'none' },
    { path: '/etc/hosts', option: '--hosts-entry', isGiven: spec.hosts !== undefined },
  ]
  for (const { path, option, isGiven } of files) {
    if (isGiven && volumes.some(({ target }) => target === path)) {
      throw new RuntimeError('VOLUME_INVALID', `app ${name}: has a volume at ${path}, which ${option} writes`, {
        hint: `appc run without ${option}, or without the volume`,
      })
    }
  }
}
