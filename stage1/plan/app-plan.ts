import type { App } from '#schema/app.js'
import { capabilitiesOf, withinDefault } from '#schema/capabilities.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { appUnit } from '#schema/unit-name.js'
import { environmentOf } from './environment.js'
import { outputFields } from './journal-fields.js'
import { hasOwnSys } from './mounts.js'
import type { AppFacts, PodFacts } from './pod-facts.js'
import type { AppPlan } from './pod-plan.js'
import type { PlannedVolume } from './volumes.js'

const NO_NEW_PRIVILEGES = 'os/linux/no-new-privileges'

/** What the in-pod program runs for one app (E12–E14, I6, I7). */
export function appPlan(
  pod: Pick<PodFacts, 'spec' | 'terminal' | 'input'>,
  facts: AppFacts,
  volumes: readonly PlannedVolume[],
): AppPlan {
  const { name, app, spec } = facts
  return {
    version: 1,
    name,
    unit: appUnit(pod.spec.id, name),
    exec: app.exec ?? [],
    user: app.user,
    group: app.group,
    supplementaryGIDs: app.supplementaryGIDs ?? [],
    workingDirectory: app.workingDirectory || '/',
    environment: environmentOf(name, app, pod.terminal?.type),
    capabilities: spec.capabilities ?? withinDefault(capabilitiesOf(app.isolators)),
    noNewPrivileges: (app.isolators ?? []).some(
      (isolator) => isolator.name === NO_NEW_PRIVILEGES && isolator.value === true,
    ),
    seccomp: POD_DIR.seccomp(name),
    terminal: pod.terminal?.size ?? null,
    stdin: pod.input,
    cgroup: hasOwnSys(volumes),
    journalFields: outputFields(pod.spec, facts),
    preStart: handler(app, 'pre-start'),
    postStop: handler(app, 'post-stop'),
  }
}

const handler = (app: App, event: 'pre-start' | 'post-stop'): readonly string[] | null =>
  app.eventHandlers?.find(({ name }) => name === event)?.exec ?? null
