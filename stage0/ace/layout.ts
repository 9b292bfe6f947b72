import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LAYOUT } from '../aci/layout.js'
import { type AceImage, FILES, imageManifest, PROGRAM } from './manifests.js'

/** Makes the image layout of an image in a new directory, with a copy of the checking program. */
export function makeLayout(directory: string, image: AceImage, program: string): void {
  const root = join(directory, LAYOUT.rootfs)
  mkdirSync(root, { recursive: true, mode: 0o755 })
  copyFileSync(program, join(root, PROGRAM))
  for (const [path, content] of Object.entries(FILES[image])) {
    const target = join(root, path)
    mkdirSync(content === null ? target : dirname(target), { recursive: true, mode: 0o755 })
    if (content !== null) writeFileSync(target, content)
  }
  writeFileSync(join(directory, LAYOUT.manifest), JSON.stringify(imageManifest(image)))
}
