import type { RunSpec } from '#schema/run-spec.js'
import { appUnit } from '#schema/unit-name.js'
import type { AppFacts } from './pod-facts.js'

/** The fields that journal entries about a pod have: those of systemd (LogExtraFields=) and those of its apps. */
export const podFields = (spec: RunSpec): readonly string[] => [
  `APPC_POD_UUID=${spec.uuid}`,
  `APPC_POD=${spec.podName ?? spec.id}`,
]

/** The same about one of its apps. */
export const appFields = (spec: RunSpec, app: AppFacts): readonly string[] => [
  ...podFields(spec),
  `APPC_APP=${app.name}`,
  `APPC_IMAGE_ID=${app.spec.imageID}`,
  `APPC_IMAGE_NAME=${app.spec.imageName}`,
]

/**
 * The fields of what an app writes. The pod's init sends it, so the unit is named: journalctl(1) shows entries of root with this
 * OBJECT_SYSTEMD_UNIT as the unit's own (systemd.journal-fields(7)).
 */
export const outputFields = (spec: RunSpec, app: AppFacts): readonly string[] => [
  ...appFields(spec, app),
  `SYSLOG_IDENTIFIER=${app.name}`,
  `OBJECT_SYSTEMD_UNIT=${appUnit(spec.id, app.name)}`,
]
