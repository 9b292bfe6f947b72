import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ImageManifest } from '#schema/image-manifest.js'
import { LAYOUT } from '../aci/layout.js'
import { type AceImage, FILES, type ImageFile, PROGRAM } from './manifests.js'

/** Makes the image layout of an image in a new directory, with a copy of the checking program. */
export function makeLayout(directory: string, image: AceImage, manifest: ImageManifest, program: string): void {
  const root = join(directory, LAYOUT.rootfs)
  mkdirSync(root, { recursive: true, mode: 0o755 })
  if (manifest.app !== undefined) copyFileSync(program, join(root, PROGRAM))
  for (const [path, file] of Object.entries(FILES[image])) put(join(root, path), file)
  writeFileSync(join(directory, LAYOUT.manifest), JSON.stringify(manifest))
}

function put(path: string, file: ImageFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  if (typeof file === 'string') writeFileSync(path, file)
  else if ('symlinkTo' in file) symlinkSync(file.symlinkTo, path)
  else mkdirSync(path, { mode: 0o755 })
}
