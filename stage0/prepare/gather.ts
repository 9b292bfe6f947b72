import { RuntimeError } from '#schema/errors.js'
import type { Fetcher } from '../fetch/fetch.js'
import {
  contentsOf,
  contentsOfManifest,
  type ContentsOptions,
  type PodContents,
  type RequestedApp,
} from './contents.js'
import { readPodManifest } from './manifest-file.js'
import { readEnvironment } from './read-environment.js'
import type { PodRequest } from './request.js'

/**
 * Fetches the images of a request and makes the contents of a pod from them. Every error in the
 * request is reported here, before a pod directory exists. Errors: USAGE, FILE_UNREADABLE; those of
 * Fetcher.fetch, {@link contentsOf} and {@link contentsOfManifest}.
 */
export async function gather(
  request: PodRequest,
  images: Pick<Fetcher, 'fetch'>,
  options: ContentsOptions,
): Promise<PodContents> {
  if (request.podManifest !== undefined) {
    const contents = await contentsOfManifest(readPodManifest(request.podManifest), images, options)
    if (request.interactive && contents.images.size !== 1) {
      throw new RuntimeError('USAGE', '--interactive: needs a pod of exactly one app')
    }
    return contents
  }
  const environment = readEnvironment(request)
  const apps = await Promise.all(
    request.apps.map(async (app): Promise<RequestedApp> => {
      const { image: word, signature } = app
      const image = await images.fetch(word, signature === undefined ? {} : { signature })
      return { image, request: app }
    }),
  )
  return contentsOf(apps, { ...request, environment }, options)
}
