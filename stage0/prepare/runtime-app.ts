import type { App } from '#schema/app.js'
import { overrideCapabilities } from '#schema/capabilities.js'
import { RuntimeError } from '#schema/errors.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import type { RuntimeApp } from '#schema/pod-manifest.js'
import { displayName } from '../image/reference.js'
import { mergeEnvironment, pairsOf, type PodEnvironment } from './merge-environment.js'
import type { AppRequest } from './request.js'

/** The parts of an image that a pod manifest needs. */
export interface AppImage {
  readonly id: string
  readonly manifest: ImageManifest
}

/**
 * Makes the complete app of a pod manifest from an image and the user's options (P4). Errors: USAGE
 * where neither names a program.
 */
export function runtimeApp({ id, manifest }: AppImage, request: AppRequest, environment: PodEnvironment): RuntimeApp {
  const { readOnlyRootFS } = request
  return {
    name: request.name ?? defaultName(manifest),
    image: { id, name: manifest.name, ...(manifest.labels && { labels: manifest.labels }) },
    app: override(manifest, request, environment),
    ...(readOnlyRootFS !== undefined && { readOnlyRootFS }),
  }
}

function override(manifest: ImageManifest, request: AppRequest, environment: PodEnvironment): App {
  // an image without an app section names no user, so its programs run as root
  const image: App = manifest.app ?? { user: '0', group: '0' }
  const program = request.exec === undefined ? (image.exec ?? []) : [request.exec]
  if (program.length === 0) {
    throw new RuntimeError('USAGE', `${displayName(manifest)}: the image names no program to run`, {
      hint: 'add --exec=PROGRAM after the image',
    })
  }
  const { user, group, supplementaryGIDs, workingDirectory, capabilities } = request
  const variables = mergeEnvironment(
    environment.inherited,
    pairsOf(image.environment),
    environment.files,
    environment.set,
    request.environment,
  )
  return {
    ...image,
    exec: [...program, ...request.args],
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(supplementaryGIDs !== undefined && { supplementaryGIDs }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    ...(variables.length > 0 && { environment: variables }),
    ...(capabilities && { isolators: overrideCapabilities(image.isolators ?? [], capabilities) }),
  }
}

/** The default name of an app: the last element of the image's name, converted to an AC Name. */
export const defaultName = ({ name }: Pick<ImageManifest, 'name'>): string =>
  (name.split('/').at(-1) ?? name).replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')
