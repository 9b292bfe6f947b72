import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { formatManifest } from '#schema/write.js'
import { native } from '#native'
import type { Pod } from '../pod/pod.js'
import type { AssembledPod } from './assemble-roots.js'

/**
 * Fills a locked pod directory with everything but the run spec; stage1 creates the directories of
 * empty volumes. Nothing is synced: a pod does not survive a power cut, and readers of its files
 * expect incomplete ones. Errors: MANIFEST_INVALID, FILE_UNREADABLE.
 */
export async function fillPodDirectory(
  { directory }: Pod,
  { manifest, images, roots, copied }: AssembledPod,
): Promise<void> {
  const podManifest = formatManifest(manifest)
  for (const [app, { images: imageIDs, trees }] of roots) {
    writePodFile(directory, POD_DIR.appImages(app), [...imageIDs, ...trees, ''].join('\n'))
  }
  for (const [app, image] of images) {
    writePodFile(directory, POD_DIR.appImageID(app), `${image.id}\n`)
    writePodFile(directory, POD_DIR.appManifest(app), formatManifest(image.manifest))
  }
  for (const [app, { layers }] of roots) {
    if (copied) await copyRoot(directory, app, layers)
    else makeWritableLayer(directory, app, layers)
  }
  mkdirSync(join(directory, POD_DIR.status), { mode: 0o700 })
  writePodFile(directory, POD_DIR.manifest, `${podManifest}\n`)
}

/**
 * Creates the upper layer of an overlay. Its metadata becomes that of the root directory, so it is
 * copied from the topmost lower layer (E2).
 */
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

function writePodFile(directory: string, file: string, text: string): void {
  const path = join(directory, file)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
}
