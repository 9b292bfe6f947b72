import { RuntimeError } from '#schema/errors.js'
import { label, type ImageManifest } from '#schema/image-manifest.js'

/** Which of the specification's architectures (M3) a machine runs, its own first; keys are Node's names. */
const RUNS: Readonly<Partial<Record<NodeJS.Architecture, readonly string[]>>> = {
  x64: ['amd64', 'i386'],
  arm64: ['aarch64'],
}

/**
 * Refuses an image made for another operating system or processor (M3); one without these labels suits every host.
 * Errors: HOST_UNSUPPORTED.
 */
export function checkPlatform(
  manifest: ImageManifest,
  subject: string,
  machine: NodeJS.Architecture = process.arch,
): void {
  const os = label(manifest, 'os') ?? 'linux'
  const arch = label(manifest, 'arch')
  const runs = RUNS[machine] ?? [machine]
  if (os === 'linux' && (arch === undefined || runs.includes(arch))) return
  throw new RuntimeError(
    'HOST_UNSUPPORTED',
    `${subject}: made for ${[os, arch].filter(Boolean).join('/')}; this host runs ${runs.map((name) => `linux/${name}`).join(' and ')}`,
  )
}
