import type { App } from '#schema/app.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import type { PodManifest, RuntimeApp } from '#schema/pod-manifest.js'
import type { RunSpec } from '#schema/run-spec.js'
import type { PodFacts } from '../../../stage1/plan/pod-facts.js'

export const UUID = '6733c088-a507-4694-aabf-0f2e5e7d3d5f'
export const DIRECTORY = `/var/lib/appc/pods/run/${UUID}`

/** One app of an invented pod: its fields in the pod manifest, and the `app` of its image. */
export interface AppInput extends Partial<Omit<RuntimeApp, 'image'>> {
  readonly image?: Partial<App>
}

/** Facts of a pod whose apps run `/bin/true` as root by default. */
export function factsOf(
  apps: Readonly<Record<string, AppInput>>,
  spec: Partial<RunSpec> = {},
  manifest: Partial<PodManifest> = {},
  more: Partial<PodFacts> = {},
): PodFacts {
  const entries = Object.entries(apps)
  const image = (input: AppInput): ImageManifest => ({
    acKind: 'ImageManifest',
    acVersion: '0.8.11',
    name: 'example.com/image',
    app: { exec: ['/bin/true'], user: '0', group: '0', ...input.image },
  })
  return {
    directory: DIRECTORY,
    spec: {
      version: 1,
      uuid: UUID,
      id: UUID.slice(0, 8),
      hostname: 'host-of-pod',
      network: 'none',
      detach: false,
      interactive: false,
      apps: entries.map(([name]) => ({
        name,
        imageID: 'sha512-1',
        imageName: 'example.com/image:1',
        layers: ['/top', '/base'],
      })),
      ...spec,
    },
    manifest: {
      acKind: 'PodManifest',
      acVersion: '0.8.11',
      apps: entries.map(([name, runtime]) => ({ ...runtime, name, image: { id: 'sha512-1' } })),
      ...manifest,
    },
    images: new Map(entries.map(([name, input]) => [name, image(input)])),
    init: '/usr/lib/appc/appc-init',
    launcher: { pid: 1, fd: 5 },
    network: spec.network === 'host' ? 'host' : { join: { pid: 42, fd: 6 } },
    input: false,
    lock: { pid: 42, fd: 3 },
    devices: new Set(),
    ...more,
  }
}
