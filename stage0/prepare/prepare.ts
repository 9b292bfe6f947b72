import { isSystemError, plainReason, RuntimeError } from '#schema/errors.js'
import type { Fetcher } from '../fetch/fetch.js'
import type { PullPolicy } from '../fetch/session.js'
import { onSignal } from '../files/on-signal.js'
import { discard, type LockedPod } from '../pod/discard.js'
import { move } from '../pod/pod.js'
import type { Store } from '../store/store.js'
import type { PublishedPort } from '#schema/published-port.js'
import { assembleRoots, type AssembledPod } from './assemble-roots.js'
import { claim } from './claim.js'
import type { PodContents } from './contents.js'
import { createPod } from './create.js'
import { fillPodDirectory } from './fill.js'
import { gather } from './gather.js'
import type { PodRequest } from './request.js'
import { runSpec } from './run-spec.js'
import { ensureSigningSecret } from './signing-secrets.js'
import { saveUUID } from './uuid-file.js'

/** What the caller provides for the preparation of a pod. */
export interface PrepareOptions {
  readonly store: Store
  readonly openFetcher: (pullPolicy: PullPolicy) => Fetcher
  /** An image gets the capabilities that it requests, even beyond the default. */
  readonly trustCapabilities: boolean
  /** Called with each warning for the user. */
  readonly warn: (message: string) => void
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
  /**
   * Changes an error that refuses the request before a pod directory exists, so that its hint says
   * what to do instead.
   */
  readonly explain?: (error: unknown) => unknown
  /**
   * Called when all images are fetched; the pod directory is created after the promise resolves.
   */
  readonly mayBegin?: () => Promise<void>
  /** Publishes the UUID of the pod, just before the pod counts as prepared. */
  readonly announce?: (uuid: string) => Promise<void>
}

/**
 * Prepares a pod: fetches its images, makes a complete pod manifest from them and the request,
 * assembles the roots of the apps, and writes all files into a new pod directory in `prepared`. The
 * caller gets the pod's lock. If the preparation fails, the pod is removed. The roots' images and
 * trees are held against removal until this process ends. Errors: those of {@link gather},
 * {@link assembleRoots} and {@link claim}; FILE_UNREADABLE where the pod directory cannot be
 * written.
 */
export async function preparePod(request: PodRequest, options: PrepareOptions): Promise<LockedPod> {
  const { store, log, explain, mayBegin, announce } = options
  const assembled = await assemble(request, options).catch((error: unknown) => {
    throw explain === undefined ? error : explain(error)
  })
  await mayBegin?.()
  const created = createPod(store.dir)
  const { pod, lock } = created
  try {
    await write(store, created, assembled, request)
    log('prepared', { pod: pod.uuid })
    await announce?.(pod.uuid)
    return { pod: move(store.dir, pod, 'prepared'), lock }
  } catch (error) {
    discard(store.dir, created)
    throw error
  }
}

/** The fetcher holds the fetched images until the roots hold them as layers. */
async function assemble(request: PodRequest, options: PrepareOptions): Promise<PodWithPorts> {
  // the images of a pod manifest must be in the store
  using fetcher = options.openFetcher(request.podManifest === undefined ? request.pullPolicy : 'never')
  const contents = await gather(request, fetcher, options)
  const ports = await portsOf(contents, request)
  const assembled = await assembleRoots(options.store, contents, {
    choiceOf: (image) => fetcher.choiceOf(image),
    copy: request.noOverlay,
    warn: options.warn,
  })
  return { ...assembled, ports }
}

/** Loads the code of ports only for a pod that may have some. */
async function portsOf({ manifest, images }: PodContents, request: PodRequest): Promise<readonly PublishedPort[]> {
  const requests = request.podManifest === undefined ? request.ports : (manifest.ports ?? [])
  if (requests.length === 0 && request.network !== 'host') return []
  const { publishedPorts } = await import('./ports.js')
  const apps = manifest.apps.map(({ name, app }) => ({ name, app: app ?? images.get(name)?.manifest.app }))
  const ports = publishedPorts(requests, apps, request.network)
  if (request.network !== 'host') (await import('./host-ports.js')).checkHostPorts(ports)
  return ports
}

type PodWithPorts = AssembledPod & { readonly ports: readonly PublishedPort[] }

async function write({ dir }: Store, created: LockedPod, assembled: PodWithPorts, request: PodRequest): Promise<void> {
  const { pod } = created
  // only copies take long enough to be interrupted; each watched signal adds to the time of a start
  const unwatch = assembled.copied ? onSignal(() => discard(dir, created)) : () => undefined
  try {
    // written first: with this file a user can remove the pod after any later failure
    if (request.uuidFileSave !== undefined) saveUUID(request.uuidFileSave, pod.uuid)
    if (request.metadata) ensureSigningSecret(dir)
    await fillPodDirectory(pod, assembled)
    await claim(dir, pod, runSpec(pod.uuid, assembled, request, assembled.ports))
    // a signal that arrived during the copy is handled before the watch ends
    if (assembled.copied) await new Promise((resolve) => setImmediate(resolve))
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new RuntimeError('FILE_UNREADABLE', `${pod.directory}: cannot be written: ${plainReason(error)}`, {
      hint: `df ${dir.root}`,
      cause: error,
    })
  } finally {
    unwatch()
  }
}
