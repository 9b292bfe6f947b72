import type { RunSpec } from '#schema/run-spec.js'
import { appUnit } from '#schema/unit-name.js'
import type { AppFacts } from './pod-facts.js'

/**
 * The fields of the journal entries about a pod: those of systemd (LogExtraFields=) and those of
 * its apps.
 */
export const podFields = (spec: RunSpec): readonly string[] => [
  `APPC_POD_UUID=${spec.uuid}`,
  `APPC_POD=${spec.podName ?? spec.id}`,
]

/** The fields of the journal entries about one app of a pod. */
export const appFields = (spec: RunSpec, app: AppFacts): readonly string[] => [
  ...podFields(spec),
  `APPC_APP=${app.name}`,
  `APPC_IMAGE_ID=${app.spec.imageID}`,
  `APPC_IMAGE_NAME=${app.spec.imageName}`,
]

/**
 * The fields of the entries that an app writes. The pod init sends these entries, so they name the
 * app's unit: journalctl(1) shows entries of root with this OBJECT_SYSTEMD_UNIT as entries of the
 * unit (systemd.journal-fields(7)).
 */
export const outputFields = (spec: RunSpec, app: AppFacts): readonly string[] => [
  ...appFields(spec, app),
  `SYSLOG_IDENTIFIER=${app.name}`,
  `OBJECT_SYSTEMD_UNIT=${appUnit(spec.id, app.name)}`,
]
