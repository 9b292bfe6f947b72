import { test } from 'node:test'
import { parseImageManifest } from '#schema/image-manifest.js'
import { parsePodManifest } from '#schema/pod-manifest.js'
import { imageManifest, IMAGES, podManifest } from '../../../stage0/ace/manifests.js'

test('the manifests of appc ace are valid', () => {
  const id = `sha512-${'0'.repeat(128)}`
  for (const image of IMAGES) parseImageManifest(JSON.stringify(imageManifest(image, { base: id })), image)
  parsePodManifest(JSON.stringify(podManifest({ base: id, main: id, sidekick: id }, '/var/tmp/single')), 'pod')
})
