import { absolutePathOr, integer, list, stringMap, word, type Parser } from './check.js'
import { object, optional, required } from './check-object.js'
import { environment, type EnvironmentVariable } from './environment.js'
import { eventHandlers, type EventHandler } from './event-handler.js'
import { appIsolators, type Isolator } from './isolator.js'
import { mountPoints, type MountPoint } from './mount-point.js'
import { ports, type Port } from './port.js'
import { MAX_ID } from './volume.js'

export type { EnvironmentVariable } from './environment.js'
export type { EventHandler } from './event-handler.js'
export type { Isolator } from './isolator.js'
export type { MountPoint } from './mount-point.js'
export type { Port } from './port.js'

/**
 * How an image is executed (SPEC M4…M13); in a pod manifest, it replaces the image's own `app`
 * (SPEC P4).
 */
export interface App {
  readonly exec?: readonly string[]
  /** Name, number, or the `/path` of a file whose owner is used. */
  readonly user: string
  readonly group: string
  readonly supplementaryGIDs?: readonly number[]
  readonly eventHandlers?: readonly EventHandler[]
  /** Absolute; default `/`. */
  readonly workingDirectory?: string
  readonly environment?: readonly EnvironmentVariable[]
  readonly mountPoints?: readonly MountPoint[]
  readonly ports?: readonly Port[]
  readonly isolators?: readonly Isolator[]
  readonly userAnnotations?: Readonly<Record<string, string>>
  readonly userLabels?: Readonly<Record<string, string>>
}

const principal =
  (field: string): Parser<string> =>
  (value, at) => {
    const name = word(value, at)
    return name === '' ? at.fault('cannot be empty', `${field} is required`) : name
  }

/** An empty working directory means none, as in actool. */
const workingDirectory: Parser<string> = (value, at) =>
  value === '' ? value : absolutePathOr('workingDirectory must be an absolute path')(value, at)

export const app = object<App>({
  exec: optional(list(word)),
  user: required(principal('user'), 'user is required'),
  group: required(principal('group'), 'group is required'),
  supplementaryGIDs: optional(list(integer(0, MAX_ID))),
  eventHandlers: optional(eventHandlers),
  workingDirectory: optional(workingDirectory),
  environment: optional(environment),
  mountPoints: optional(mountPoints),
  ports: optional(ports),
  isolators: optional(appIsolators),
  userAnnotations: optional(stringMap),
  userLabels: optional(stringMap),
})
