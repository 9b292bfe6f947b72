import { realpathSync, statSync } from 'node:fs'
import { plainReason, RuntimeError } from '#schema/errors.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import type { Volume } from '#schema/volume.js'

/**
 * Checks that the source of every host volume exists (E7); creates nothing. Errors: VOLUME_INVALID.
 */
export function checkSources(manifest: PodManifest): void {
  for (const { name, source } of volumesOf(manifest)) {
    if (source === undefined) continue
    try {
      statSync(source)
    } catch (cause) {
      throw new RuntimeError('VOLUME_INVALID', `volume ${name}: ${source}: ${plainReason(cause)}`, {
        hint: `namei --long ${source}`,
        cause,
      })
    }
  }
}

/**
 * Refuses host volumes whose source is in the data directory `root`: an app would see images, which
 * all pods share, and the roots of other pods. If the data directory is below a source, the in-pod
 * program hides it. Errors: VOLUME_INVALID.
 */
export function refuseOwnSources(root: string, manifest: PodManifest): void {
  for (const { name, source } of volumesOf(manifest)) {
    if (source === undefined) continue
    const [realSource, realRoot] = [realpathSync(source), realpathSync(root)]
    if (realSource !== realRoot && !realSource.startsWith(`${realRoot}/`)) continue
    throw new RuntimeError(
      'VOLUME_INVALID',
      `volume ${name}: ${source} is in appc's data directory ${root}, which no volume shows`,
      {
        hint: `appc image extract copies the files of an image out of it`,
      },
    )
  }
}

/** The volumes of the pod and those of the apps' mounts. */
const volumesOf = ({ volumes = [], apps }: PodManifest): Volume[] => [
  ...volumes,
  ...apps.flatMap(({ mounts = [] }) => mounts.flatMap(({ appVolume }) => appVolume ?? [])),
]
