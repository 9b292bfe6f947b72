import { DEFAULT_BOUNDS } from '#schema/bounds.js'
import type { PublishedPort } from '#schema/published-port.js'
import { RUN_SPEC_VERSION, type RunSpec } from '#schema/run-spec.js'
import { unitID } from '#schema/unit-name.js'
import { displayName } from '../image/reference.js'
import type { AssembledPod } from './assemble-roots.js'
import type { PodRequest } from './request.js'

/** The fields of a request that the pod manifest does not contain. */
type RunFields = Pick<
  PodRequest,
  'podName' | 'hostname' | 'network' | 'dns' | 'hosts' | 'metadata' | 'detach' | 'interactive' | 'bounds'
>

/** Makes the run spec of an assembled pod. */
export function runSpec(
  uuid: string,
  { manifest, images, roots, copied, capabilities: grantedByApp }: AssembledPod,
  request: RunFields,
  ports: readonly PublishedPort[] = [],
): RunSpec {
  const {
    podName,
    hostname = podName ?? `appc-${uuid}`,
    network,
    dns,
    hosts,
    metadata,
    detach,
    interactive,
    bounds,
  } = request
  return {
    version: RUN_SPEC_VERSION,
    uuid,
    id: unitID(uuid, podName),
    ...(podName !== undefined && { podName }),
    hostname,
    network,
    ...(dns !== undefined && { dns }),
    ...(hosts !== undefined && { hosts }),
    ...(ports.length > 0 && { ports }),
    detach,
    interactive,
    metadata,
    bounds: { ...DEFAULT_BOUNDS, ...bounds },
    apps: manifest.apps.flatMap(({ name }) => {
      const [image, root, capabilities = []] = [images.get(name), roots.get(name), grantedByApp.get(name)]
      if (image === undefined || root === undefined) return []
      const { id, manifest: imageManifest } = image
      const { layers } = root
      return [
        { name, imageID: id, imageName: displayName(imageManifest), layers, ...(copied && { copied }), capabilities },
      ]
    }),
  }
}
