import { realpathSync, statSync } from 'node:fs'
import { plainReason, RuntimeError } from '#schema/errors.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import type { Volume } from '#schema/volume.js'

/** Refuses a pod one of whose host volumes has no source (E7); creates nothing. Errors: VOLUME_INVALID. */
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
 * Refuses a pod one of whose host volumes would show what is in the data directory `root`: images, which all pods share, and the
 * roots of other pods. What of it lies below a source is hidden by the in-pod program. Errors: VOLUME_INVALID.
 */
export function refuseOwnSources(root: string, manifest: PodManifest): void {
  for (const { name, source } of volumesOf(manifest)) {
    if (source === undefined) continue
    const [real, data] = [realpathSync(source), realpathSync(root)]
    if (real !== data && !real.startsWith(`${data}/`)) continue
    throw new RuntimeError(
      'VOLUME_INVALID',
      `volume ${name}: ${source} is in appc's data directory ${root}, which no volume shows`,
      {
        hint: `appc image extract copies the files of an image out of it`,
      },
    )
  }
}

/** The pod's volumes and those that its apps' mounts bring along. */
const volumesOf = ({ volumes = [], apps }: PodManifest): Volume[] => [
  ...volumes,
  ...apps.flatMap(({ mounts = [] }) => mounts.flatMap(({ appVolume }) => appVolume ?? [])),
]
