/**
 * Unit names of a pod. The ID is the pod's name with `-` written as `_` (AC Names hold no `_`, so no two names collide and
 * no slice nests by accident), else the first 8 hex digits of its UUID. Names share the prefix `appc-ID-`, so drop-ins in
 * `appc-.service.d/` tune every pod and those in `appc-ID-.service.d/` one (systemd.unit(5)).
 */
export const unitID = (uuid: string, podName?: string): string => podName?.replaceAll('-', '_') ?? uuid.slice(0, 8)

/** What the names of all units of a pod begin with. */
export const unitPrefix = (id: string): string => `appc-${id}`

export const podUnit = (id: string): string => `appc-${id}.service`
export const podSlice = (id: string): string => `appc-${id}.slice`
export const appUnit = (id: string, app: string): string => `appc-${id}-${app}.service`
/** The installed template target whose `Conflicts=` stops the pod. */
export const stopTarget = (id: string): string => `appc-stop@${id}.target`
