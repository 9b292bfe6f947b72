import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import { RUN_SPEC_VERSION, type RunSpec } from '#schema/run-spec.js'
import { unitID } from '#schema/unit-name.js'
import { formatManifest } from '#schema/write.js'
import { native } from '#native'
import { displayName } from '../image/reference.js'
import type { StoredImage } from '../store/store.js'
import type { Pod } from './pod.js'

/** What a pod consists of: a reified manifest, and the image of each of its apps by the app's name. */
export interface PodContents {
  readonly manifest: PodManifest
  readonly images: ReadonlyMap<string, StoredImage>
}

/** How the pod shall run, beside what its manifest says. */
export interface RunOptions {
  readonly podName?: string
  readonly hostname?: string
  readonly network: 'host' | 'none'
  readonly detach: boolean
  readonly interactive: boolean
}

/**
 * Fills a locked pod directory with all but the run spec; directories of empty volumes are stage1's. Nothing is synced: a pod does not outlive a power cut, and its
 * readers know half-written files. Errors: MANIFEST_INVALID.
 */
export function fillPodDirectory({ directory }: Pod, { manifest, images }: PodContents): void {
  const text = formatManifest(manifest)
  for (const [app, image] of images) {
    put(directory, POD_DIR.appImageID(app), `${image.id}\n`)
    put(directory, POD_DIR.appManifest(app), formatManifest(image.manifest))
    makeWritableLayer(directory, app, image.rootfs)
  }
  mkdirSync(join(directory, POD_DIR.status), { mode: 0o700 })
  put(directory, POD_DIR.manifest, `${text}\n`)
}

/** An overlay's upper layer is what one sees of the root directory itself, so it takes after the image's (E2). */
function makeWritableLayer(directory: string, app: string, rootfs: string): void {
  const upper = join(directory, POD_DIR.upper(app))
  mkdirSync(join(directory, POD_DIR.work(app)), { recursive: true, mode: 0o700 })
  mkdirSync(upper)
  native.copyMetadata(rootfs, upper)
}

function put(directory: string, file: string, text: string): void {
  const path = join(directory, file)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
}

/** The run spec of a filled pod directory. */
export function runSpec(uuid: string, { manifest, images }: PodContents, options: RunOptions): RunSpec {
  const { podName, hostname = podName ?? `appc-${uuid}`, network, detach, interactive } = options
  return {
    version: RUN_SPEC_VERSION,
    uuid,
    id: unitID(uuid, podName),
    ...(podName !== undefined && { podName }),
    hostname,
    network,
    detach,
    interactive,
    apps: manifest.apps.flatMap(({ name }) => {
      const image = images.get(name)
      return image ? [{ name, imageID: image.id, imageName: displayName(image.manifest), layers: [image.rootfs] }] : []
    }),
  }
}
