import type { App } from '#schema/app.js'
import { DEFAULT_CAPABILITIES } from '#schema/capabilities.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { appUnit } from '#schema/unit-name.js'
import { environmentOf } from './app-environment.js'
import type { Effect } from './isolators/rule.js'
import { outputFields } from './journal-fields.js'
import { hasOwnSys, mountsOf } from './mounts.js'
import { metadataURL } from './metadata-plan.js'
import type { AppFacts, PodFacts } from './pod-facts.js'
import type { AppPlan } from './pod-plan.js'
import type { PlannedVolume } from './volumes.js'

/**
 * The plan of one app for the in-pod program (E12–E14).
 *
 * @param isolated the fields that the isolators of the app set; the capabilities of the run spec,
 * which stage0 decided, replace them
 */
export function appPlan(
  pod: PodFacts,
  facts: AppFacts,
  volumes: readonly PlannedVolume[],
  isolated: Effect['app'],
): AppPlan {
  const { name, app, spec } = facts
  return {
    version: 1,
    name,
    unit: appUnit(pod.spec.id, name),
    mounts: mountsOf(pod, facts, volumes),
    exec: app.exec ?? [],
    user: app.user,
    group: app.group,
    supplementaryGIDs: app.supplementaryGIDs ?? [],
    workingDirectory: app.workingDirectory || '/',
    environment: environmentOf(name, app, { terminal: pod.terminal?.type, metadataURL: metadataURL(pod) }),
    capabilities: DEFAULT_CAPABILITIES,
    noNewPrivileges: false,
    seccomp: POD_DIR.seccomp(name),
    terminal: pod.terminal?.size ?? null,
    stdin: pod.input,
    cgroup: hasOwnSys(volumes),
    journalFields: outputFields(pod.spec, facts),
    preStart: handler(app, 'pre-start'),
    postStop: handler(app, 'post-stop'),
    ...isolated,
    ...(spec.capabilities && { capabilities: spec.capabilities }),
  }
}

const handler = (app: App, event: 'pre-start' | 'post-stop'): readonly string[] | null =>
  app.eventHandlers?.find(({ name }) => name === event)?.exec ?? null
