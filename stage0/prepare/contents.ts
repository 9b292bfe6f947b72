import type { App } from '#schema/app.js'
import { AC_VERSION } from '#schema/ac-version.js'
import { RuntimeError } from '#schema/errors.js'
import type { PodManifest, RuntimeApp } from '#schema/pod-manifest.js'
import { displayName, type IDReference } from '../image/reference.js'
import type { StoredImage } from '../store/store.js'
import { grantedCapabilities, type CapabilitySource } from './capabilities.js'
import type { PodEnvironment } from './merge-environment.js'
import { checkSources } from './host-volumes.js'
import { checkPlatform } from './platform.js'
import { checkNames, mergeMounts, reify } from './reify.js'
import type { AppRequest, PodRequest } from './request.js'
import { runtimeApp } from './runtime-app.js'

/** The contents of a pod: a reified manifest, and the image and capabilities of each app. */
export interface PodContents {
  readonly manifest: PodManifest
  readonly images: ReadonlyMap<string, StoredImage>
  /** The capabilities of each app, by its name. */
  readonly capabilities: ReadonlyMap<string, readonly string[]>
}

/** The image of an app and the request for the app. */
export interface RequestedApp {
  readonly image: StoredImage
  readonly request: AppRequest
}

/** The parts of a request that apply to all apps. */
interface Shared extends Pick<PodRequest, 'volumes' | 'mounts' | 'ports'> {
  readonly environment: PodEnvironment
}

/** The options of {@link contentsOf} and {@link contentsOfManifest}. */
export interface ContentsOptions {
  /** An image gets the capabilities that it requests, even beyond the default. */
  readonly trustCapabilities: boolean
  /** Called with a warning for everything that was added to complete the manifest. */
  readonly warn: (message: string) => void
}

/**
 * Makes the contents of a pod from images and options. Errors: USAGE, MANIFEST_INVALID,
 * CAPABILITIES_REFUSED, VOLUME_INVALID, HOST_UNSUPPORTED.
 */
export function contentsOf(apps: readonly RequestedApp[], pod: Shared, options: ContentsOptions): PodContents {
  const runtimeApps = apps.map(({ image, request }): RuntimeApp => {
    const mounts = mergeMounts(pod.mounts, request.mounts)
    return { ...runtimeApp(image, request, pod.environment), ...(mounts.length > 0 && { mounts: mounts }) }
  })
  checkNames(runtimeApps)
  const { volumes } = pod
  // P8 has no addresses of IPv6
  const ports = pod.ports.filter(({ hostIP }) => hostIP?.includes(':') !== true)
  const manifest: PodManifest = {
    acVersion: AC_VERSION,
    acKind: 'PodManifest',
    apps: runtimeApps,
    ...(volumes.length > 0 && { volumes }),
    ...(ports.length > 0 && { ports }),
  }
  const withOperatorCapabilities = new Set(
    runtimeApps.flatMap(({ name }, index) => (apps[index]?.request.capabilities ? [name] : [])),
  )
  return finishContents(manifest, new Map(runtimeApps.map(({ name }, index) => [name, imageAt(apps, index)])), {
    ...options,
    sourceOf: ({ name }) => (withOperatorCapabilities.has(name) ? 'operator' : 'image'),
    hint: (requested) => `add --caps-retain=${requested.join(',')} (or less) after the image`,
  })
}

function imageAt(apps: readonly RequestedApp[], index: number): StoredImage {
  const app = apps[index]
  if (app === undefined) throw new Error('there are as many apps as images')
  return app.image
}

/** Finds images by their IDs. */
export interface Images {
  fetch(image: IDReference): Promise<StoredImage>
}

/**
 * Makes the contents of a pod from a pod manifest whose images are in the store. Errors: those of
 * {@link contentsOf} and of `images`.
 */
export async function contentsOfManifest(
  manifest: PodManifest,
  images: Images,
  options: ContentsOptions,
): Promise<PodContents> {
  if (manifest.apps.length === 0) throw new RuntimeError('MANIFEST_INVALID', 'pod manifest: has no apps')
  const storedImages = new Map<string, StoredImage>()
  for (const { name, image } of manifest.apps)
    storedImages.set(name, await images.fetch({ kind: 'id', text: image.id }))
  return finishContents(manifest, storedImages, {
    ...options,
    // the operator wrote the pod manifest, and so every isolator in it
    sourceOf: ({ app }) => (app === undefined ? 'image' : 'operator'),
    hint: () => 'give the app an "app" section of its own in the pod manifest',
  })
}

interface FinishOptions extends ContentsOptions {
  readonly sourceOf: (app: RuntimeApp) => CapabilitySource
  readonly hint: (requested: readonly string[]) => string
}

function finishContents(
  manifest: PodManifest,
  images: ReadonlyMap<string, StoredImage>,
  { trustCapabilities, warn, sourceOf, hint }: FinishOptions,
): PodContents {
  for (const { manifest: image } of images.values()) {
    checkPlatform(image, displayName(image))
  }
  const appOf = ({ name, app }: RuntimeApp): App | undefined => app ?? images.get(name)?.manifest.app
  for (const app of manifest.apps) {
    if ((appOf(app)?.exec ?? []).length === 0) {
      throw new RuntimeError('MANIFEST_INVALID', `${app.name}: neither pod manifest nor image names a program to run`)
    }
  }
  const capabilities = new Map(
    manifest.apps.map((app) => [
      app.name,
      grantedCapabilities(app.name, appOf(app), trustCapabilities ? 'operator' : sourceOf(app), hint),
    ]),
  )
  const reified = reify(manifest, appOf)
  checkSources(reified.manifest)
  for (const warning of reified.warnings) warn(warning)
  return { manifest: reified.manifest, images, capabilities }
}
