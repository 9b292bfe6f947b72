import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DEFAULT_BOUNDS, type Bounds } from '#schema/bounds.js'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import { RUN_SPEC_VERSION, type RunSpec } from '#schema/run-spec.js'
import { unitID } from '#schema/unit-name.js'
import { formatManifest } from '#schema/write.js'
import { native } from '#native'
import { displayName } from '../image/reference.js'
import type { Rendered } from '../render/render.js'
import type { StoredImage } from '../store/store.js'
import type { Pod } from './pod.js'

/** What a pod consists of: a reified manifest, and what belongs to each of its apps by the app's name. */
export interface PodContents {
  readonly manifest: PodManifest
  readonly images: ReadonlyMap<string, StoredImage>
  /** The capabilities of each app, by its name. */
  readonly capabilities: ReadonlyMap<string, readonly string[]>
}

/** How the pod shall run, beside what its manifest says. */
export interface RunOptions {
  readonly podName?: string
  readonly hostname?: string
  readonly network: 'host' | 'none'
  readonly detach: boolean
  readonly interactive: boolean
  readonly bounds?: Partial<Bounds>
}

/** A pod whose apps' roots are assembled, and held. */
export interface AssembledPod extends PodContents {
  readonly roots: ReadonlyMap<string, Rendered>
  /** The roots are to be copied instead of overlaid. */
  readonly copied: boolean
}

/**
 * Fills a locked pod directory with all but the run spec; directories of empty volumes are stage1's. Nothing is synced: a pod does not outlive a power cut, and its
 * readers know half-written files. Errors: MANIFEST_INVALID, FILE_UNREADABLE.
 */
export async function fillPodDirectory(
  { directory }: Pod,
  { manifest, images, roots, copied }: AssembledPod,
): Promise<void> {
  const text = formatManifest(manifest)
  for (const [app, { images: needed, trees }] of roots) {
    put(directory, POD_DIR.appImages(app), [...needed, ...trees, ''].join('\n'))
  }
  for (const [app, image] of images) {
    put(directory, POD_DIR.appImageID(app), `${image.id}\n`)
    put(directory, POD_DIR.appManifest(app), formatManifest(image.manifest))
  }
  for (const [app, { layers }] of roots) {
    if (copied) await copyRoot(directory, app, layers)
    else makeWritableLayer(directory, app, layers)
  }
  mkdirSync(join(directory, POD_DIR.status), { mode: 0o700 })
  put(directory, POD_DIR.manifest, `${text}\n`)
}

/** An overlay's upper layer is what one sees of the root directory itself, so it takes after the topmost other (E2). */
function makeWritableLayer(directory: string, app: string, [top]: readonly string[]): void {
  const upper = join(directory, POD_DIR.upper(app))
  mkdirSync(join(directory, POD_DIR.work(app)), { recursive: true, mode: 0o700 })
  mkdirSync(upper)
  if (top !== undefined) native.copyMetadata(top, upper)
}

async function copyRoot(directory: string, app: string, layers: readonly string[]): Promise<void> {
  const root = join(directory, POD_DIR.root(app))
  mkdirSync(dirname(root), { recursive: true, mode: 0o700 })
  mkdirSync(root)
  try {
    await native.mergeTrees([...layers].reverse(), root, 'copy', null)
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${app}: its root cannot be copied: ${messageOf(cause)}`, { cause })
  }
}

function put(directory: string, file: string, text: string): void {
  const path = join(directory, file)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
}

/** The run spec of a filled pod directory. */
export function runSpec(
  uuid: string,
  { manifest, images, roots, copied, capabilities: allowed }: AssembledPod,
  options: RunOptions,
): RunSpec {
  const { podName, hostname = podName ?? `appc-${uuid}`, network, detach, interactive, bounds } = options
  return {
    version: RUN_SPEC_VERSION,
    uuid,
    id: unitID(uuid, podName),
    ...(podName !== undefined && { podName }),
    hostname,
    network,
    detach,
    interactive,
    bounds: { ...DEFAULT_BOUNDS, ...bounds },
    apps: manifest.apps.flatMap(({ name }) => {
      const [image, root, capabilities = []] = [images.get(name), roots.get(name), allowed.get(name)]
      if (image === undefined || root === undefined) return []
      const { id, manifest: document } = image
      const { layers } = root
      return [{ name, imageID: id, imageName: displayName(document), layers, ...(copied && { copied }), capabilities }]
    }),
  }
}
