import { posix } from 'node:path'
import type { PodManifest } from '#schema/pod-manifest.js'
import type { MountPoint } from '#schema/mount-point.js'
import { emptyVolumeOwner, type Volume } from '#schema/volume.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { RuntimeError } from '#schema/errors.js'
import type { AppFacts } from './pod-facts.js'

/** One volume in one app's root. */
export interface PlannedVolume {
  /** Absolute inside the app's root, normalized. */
  readonly target: string
  /** Absolute on the host, or, for an `empty` volume, relative to the pod directory. */
  readonly source: string
  readonly readOnly: boolean
  readonly recursive: boolean
  /** An `empty` volume: owner and mode of its directory (P6). */
  readonly made?: { readonly mode: number; readonly uid: number; readonly gid: number }
}

/**
 * The volumes of one app, parents before children (P5, P6). stage0 has decided, when it prepared
 * the pod, which volume each mount point gets; the mounts in the pod manifest say so. `readOnly` of
 * the volume takes precedence over that of the mount point; the default is false. Errors:
 * VOLUME_INVALID where the pod does not have a volume, two volumes have the same path, or one is
 * mounted at `/`; INTERNAL where no volume is mounted at a mount point.
 */
export function volumesOf(
  { name, runtime, app }: AppFacts,
  pod: Pick<PodManifest, 'volumes'>,
): readonly PlannedVolume[] {
  const points = app.mountPoints ?? []
  const planned = new Map<string, PlannedVolume>()
  const add = (volume: Volume, path: string, directory: string, point: MountPoint | undefined) => {
    const target = normalize(path)
    if (target === '/') throw invalid(`app ${name}: volume ${volume.name}: cannot be mounted over the whole root`)
    if (planned.has(target)) throw invalid(`app ${name}: two volumes are mounted at ${target}`)
    planned.set(target, {
      target,
      source: volume.kind === 'host' ? (volume.source ?? '') : POD_DIR.volume(directory),
      readOnly: volume.readOnly ?? point?.readOnly ?? false,
      recursive: volume.kind === 'host' && (volume.recursive ?? true),
      ...(volume.kind === 'empty' && { made: emptyVolumeOwner(volume) }),
    })
  }
  for (const mount of runtime.mounts ?? []) {
    const volume = mount.appVolume ?? pod.volumes?.find((candidate) => candidate.name === mount.volume)
    if (volume === undefined)
      throw invalid(`app ${name}: mount at ${mount.path}: the pod has no volume ${mount.volume}`)
    const point = points.find(({ path }) => normalize(path) === normalize(mount.path))
    add(volume, mount.path, mount.appVolume ? ownDirectory(name, volume.name) : volume.name, point)
  }
  const unresolved = points.find(({ path }) => !planned.has(normalize(path)))
  if (unresolved !== undefined) {
    const point = `${unresolved.name} (${unresolved.path})`
    throw new RuntimeError('INTERNAL', `app ${name}: mount point ${point}: the pod manifest mounts no volume there`)
  }
  return [...planned.values()].sort((a, b) => (a.target < b.target ? -1 : 1))
}

/** AC Names contain no dot, so this is never the directory of a volume of the pod. */
const ownDirectory = (app: string, volume: string): string => `${app}.${volume}`

const normalize = (path: string): string => posix.normalize(path).replace(/(?<=.)\/$/, '')

const invalid = (message: string): RuntimeError => new RuntimeError('VOLUME_INVALID', message)
