import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { dataDir } from '../data-dir.js'
import { copy, type NewManifest, newManifest, type PatchOptions } from '../aci/patch-image.js'
import { plainTar } from '../aci/plain-tar.js'
import { writeOutputFile } from '../files/output-file.js'
import { randomName } from '../files/random.js'
import type { ImageReference } from '../image/reference.js'
import { exportImage } from './export.js'
import { IMAGE_DIR } from './read.js'
import { openStore } from './store.js'

/**
 * Writes a stored image to `output` with another manifest. Its archive passes through an unlinked
 * file in the directory of `output`. Errors: NOT_ROOT; those of Store.find, exportImage,
 * newManifest and writeOutputFile.
 */
export async function patchStoredImage(
  root: string,
  reference: ImageReference,
  output: string,
  change: NewManifest,
  options: PatchOptions,
): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new RuntimeError('NOT_ROOT', 'image patch-manifest: reading the store needs root', {
      hint: 'sudo appc image patch-manifest …',
    })
  }
  const store = openStore(dataDir(root))
  const { id } = store.find(reference)
  const lock = await store.share(id)
  try {
    const image = store.get(id)
    const manifest = newManifest(readFileSync(join(image.directory, IMAGE_DIR.manifest)), change)
    await writeOutputFile(output, options, async (target) => {
      const archivePath = join(dirname(output), `.${randomName()}.part`)
      const fd = await (async () => {
        try {
          await exportImage(image, archivePath, false)
          return openSync(archivePath, 'r')
        } finally {
          rmSync(archivePath, { force: true })
        }
      })()
      try {
        await copy(plainTar(fd, reference.text), manifest, target, options.compress)
      } finally {
        closeSync(fd)
      }
    })
  } finally {
    lock.release()
  }
}
