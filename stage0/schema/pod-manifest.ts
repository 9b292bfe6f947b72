import { acKind, missingKind } from './ac-kind.js'
import { acVersion } from './ac-version.js'
import { annotations, type Annotation } from './annotations.js'
import { stringMap, type Place } from './check.js'
import { object, optional, required } from './check-object.js'
import { exposedPorts, type ExposedPort } from './exposed-port.js'
import { podIsolators, type Isolator } from './isolator.js'
import { readDocument } from './read-document.js'
import { runtimeApps, type RuntimeApp } from './runtime-app.js'
import { volumes, type Volume } from './volume.js'

export type { ExposedPort } from './exposed-port.js'
export type { Isolator } from './isolator.js'
export type { Mount } from './mount.js'
export type { RuntimeApp, RuntimeImage } from './runtime-app.js'
export type { Volume } from './volume.js'

/** A pod manifest (SPEC P1…P9). Unknown fields are kept. */
export interface PodManifest {
  readonly acKind: 'PodManifest'
  readonly acVersion: string
  readonly apps: readonly RuntimeApp[]
  readonly volumes?: readonly Volume[]
  readonly isolators?: readonly Isolator[]
  readonly annotations?: readonly Annotation[]
  readonly ports?: readonly ExposedPort[]
  readonly userAnnotations?: Readonly<Record<string, string>>
  readonly userLabels?: Readonly<Record<string, string>>
}

/** The parser of the whole document, for {@link readDocument} and writing. */
export const podManifest = object<PodManifest>(
  {
    acKind: required(acKind('PodManifest'), missingKind('PodManifest')),
    acVersion: required(acVersion),
    apps: required(runtimeApps),
    volumes: optional(volumes),
    isolators: optional(podIsolators),
    annotations: optional(annotations),
    ports: optional(exposedPorts),
    userAnnotations: optional(stringMap),
    userLabels: optional(stringMap),
  },
  checkExposedPorts,
)

/**
 * SPEC P8: a port exposed only by name must belong to exactly one app. Apps whose `app` is in their
 * image are not checked here, but when stage0 reifies the pod.
 */
function checkExposedPorts({ apps, ports = [] }: PodManifest, at: Place): void {
  for (const [index, { name, podPort }] of ports.entries()) {
    if (podPort !== undefined) continue
    const owners = apps.filter(({ app }) => app?.ports?.some((port) => port.name === name))
    if (owners.length > 1) {
      const names = owners.map((owner) => `"${owner.name}"`).join(' and ')
      at.field('ports').item(index).field('name').fault(`"${name}" is a port of ${names}`)
    } else if (owners.length === 0 && apps.every(({ app }) => app !== undefined)) {
      at.field('ports').item(index).field('name').fault(`no app of the pod has a port "${name}"`)
    }
  }
}

/**
 * Parses a pod manifest, like parseImageManifest. Errors: ManifestError with every problem and its
 * path.
 */
export const parsePodManifest = (source: string | Uint8Array, subject: string): PodManifest =>
  readDocument(source, subject, 'PodManifest', podManifest)
