import { RuntimeError } from '#schema/errors.js'
import { label, type ImageManifest } from '#schema/image-manifest.js'
import { architectures } from '../image/host-platform.js'

/**
 * Refuses an image for another operating system or processor (M3). An image without these labels
 * runs on every host. Errors: HOST_UNSUPPORTED.
 */
export function checkPlatform(
  manifest: ImageManifest,
  subject: string,
  machine: NodeJS.Architecture = process.arch,
): void {
  const os = label(manifest, 'os') ?? 'linux'
  const arch = label(manifest, 'arch')
  const supported = architectures(machine)
  if (os === 'linux' && (arch === undefined || supported.includes(arch))) return
  throw new RuntimeError(
    'HOST_UNSUPPORTED',
    `${subject}: made for ${[os, arch].filter(Boolean).join('/')}; this host runs ${supported.map((name) => `linux/${name}`).join(' and ')}`,
    { hint: `appc fetch ${manifest.name},os=linux,arch=${supported[0]}` },
  )
}
