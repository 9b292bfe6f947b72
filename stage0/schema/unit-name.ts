import type { RunSpec } from './run-spec.js'

/**
 * The ID in a pod's unit names: the pod's name with `-` replaced by `_` (AC Names have no `_`, so
 * names cannot collide and slices cannot nest by accident), or else the first 8 hex digits of its
 * UUID. The unit names share the prefix `appc-ID-`, so drop-ins in `appc-.service.d/` configure all
 * pods, and those in `appc-ID-.service.d/` one pod (systemd.unit(5)).
 */
export const unitID = (uuid: string, podName?: string): string => podName?.replaceAll('-', '_') ?? uuid.slice(0, 8)

/** The common beginning of all unit names of a pod. */
export const unitPrefix = (id: string): string => `appc-${id}`

export const podUnit = (id: string): string => `appc-${id}.service`
export const podSlice = (id: string): string => `appc-${id}.slice`
/**
 * The socket or the service of a pod's metadata service. An app may have the name `metadata`; AC
 * Names have no `_`, so the other name is that of no app.
 */
export function metadataUnit({ id, apps }: Pick<RunSpec, 'id' | 'apps'>, kind: 'socket' | 'service'): string {
  const name = apps.some((app) => app.name === 'metadata') ? 'metadata_' : 'metadata'
  return `${unitPrefix(id)}-${name}.${kind}`
}
export const appUnit = (id: string, app: string): string => `appc-${id}-${app}.service`
/** The installed template target whose `Conflicts=` stops the pod. */
export const stopTarget = (id: string): string => `appc-stop@${id}.target`
