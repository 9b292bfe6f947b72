import { posix } from 'node:path'
import type { App } from '#schema/app.js'
import { MAX_MOUNTS } from '#schema/bounds.js'
import { RuntimeError } from '#schema/errors.js'
import { MAX_APP_NAME, MAX_VOLUME_NAME, abbreviate } from '#schema/name-lengths.js'
import type { Mount } from '#schema/mount.js'
import type { PodManifest, RuntimeApp } from '#schema/pod-manifest.js'
import type { Volume } from '#schema/volume.js'

/**
 * A pod manifest in which every mount point has a volume (P2), and warnings about the added
 * volumes.
 */
export interface Reified {
  readonly manifest: PodManifest
  /** For the user, one line each. */
  readonly warnings: readonly string[]
}

/**
 * Checks that the apps' names are unique (P3) and short enough for the names of units. Errors:
 * USAGE, naming the option that helps.
 */
export function checkNames(apps: readonly RuntimeApp[]): void {
  const names = new Set<string>()
  for (const { name } of apps) {
    if (name.length > MAX_APP_NAME) {
      throw new RuntimeError('USAGE', tooLong(name), { hint: 'add --name=NAME after the image' })
    }
    if (names.has(name)) {
      throw new RuntimeError('USAGE', `${name}: two apps of the pod have this name`, {
        hint: 'add --name=NAME after an image',
      })
    }
    names.add(name)
  }
}

const tooLong = (name: string): string =>
  `${abbreviate(name)}: the name of the app has ${name.length} letters, at most ${MAX_APP_NAME} fit in the name of its unit`

/**
 * Gives every mount point a volume: the one that a mount puts at its path, else the volume of the
 * same name, else a new empty volume named APP-MOUNTPOINT. `appOf` returns the app section of the
 * image where the manifest has none. Errors: VOLUME_INVALID for a mount without its volume, for too
 * many mounts, and for a volume name that is too long; MANIFEST_INVALID for an app name that is too
 * long.
 */
export function reify(manifest: PodManifest, appOf: (app: RuntimeApp) => App | undefined): Reified {
  const volumes = new Map((manifest.volumes ?? []).map((volume) => [volume.name, volume]))
  const warnings: string[] = []
  const apps = manifest.apps.map((app) => {
    if (app.name.length > MAX_APP_NAME) throw new RuntimeError('MANIFEST_INVALID', tooLong(app.name))
    const mounts = [...(app.mounts ?? [])]
    const points = appOf(app)?.mountPoints ?? []
    checkCount(app, mounts.length + points.length)
    for (const mount of mounts) checkMount(app, mount, volumes)
    for (const point of points) {
      if (mounts.some(({ path }) => samePath(path, point.path))) continue
      const volume = volumes.get(point.name) ?? implicitVolume(app, point.name, point.path, volumes)
      if (!volumes.has(volume.name)) {
        volumes.set(volume.name, volume)
        warnings.push(`${app.name}: no volume for mount point ${point.name} (${point.path}): an empty one is used`)
      }
      mounts.push({ volume: volume.name, path: point.path })
    }
    for (const { appVolume } of mounts) if (appVolume !== undefined) checkLength(`${app.name}.${appVolume.name}`)
    return mounts.length === 0 ? app : { ...app, mounts }
  })
  for (const name of volumes.keys()) checkLength(name)
  return { manifest: { ...manifest, apps, ...(volumes.size > 0 && { volumes: [...volumes.values()] }) }, warnings }
}

function checkLength(name: string): void {
  if (name.length <= MAX_VOLUME_NAME) return
  const problem = `the name of the volume has ${name.length} letters, at most ${MAX_VOLUME_NAME} fit in the name of its directory`
  throw new RuntimeError('VOLUME_INVALID', `${abbreviate(name)}: ${problem}`)
}

function checkCount({ name }: RuntimeApp, count: number): void {
  if (count <= MAX_MOUNTS) return
  throw new RuntimeError('VOLUME_INVALID', `${name}: ${count} mounts and mount points: at most ${MAX_MOUNTS} are taken`)
}

function checkMount({ name }: RuntimeApp, mount: Mount, volumes: ReadonlyMap<string, Volume>): void {
  if (mount.appVolume !== undefined || volumes.has(mount.volume)) return
  throw new RuntimeError(
    'VOLUME_INVALID',
    `${name}: ${mount.path}: the pod has no volume ${mount.volume} to mount there`,
    {
      hint: `add --volume ${mount.volume},kind=empty or kind=host,source=PATH`,
    },
  )
}

function implicitVolume(app: RuntimeApp, point: string, path: string, volumes: ReadonlyMap<string, Volume>): Volume {
  const name = `${app.name}-${point}`
  if (volumes.has(name)) {
    throw new RuntimeError(
      'VOLUME_INVALID',
      `${app.name}: mount point ${point}: has no volume, and ${name} is another one`,
      {
        hint: `add --mount volume=${name},target=${path} after the image to use it`,
      },
    )
  }
  return { name, kind: 'empty', mode: '0755', uid: 0, gid: 0 }
}

const samePath = (first: string, second: string): boolean => normalize(first) === normalize(second)
const normalize = (path: string): string => posix.resolve('/', path)

/**
 * Merges the mounts for every app with those for one app: a mount of the app replaces a common one
 * with the same path.
 */
export function mergeMounts(common: readonly Mount[], own: readonly Mount[]): Mount[] {
  const keptCommon = common.filter(({ path }) => !own.some((mount) => samePath(mount.path, path)))
  return [...keptCommon, ...own]
}
