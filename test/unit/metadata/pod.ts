import type { MetadataFacts } from '#schema/metadata-facts.js'
import type { MetadataPod } from '../../../stage1/metadata/respond.js'
import { openSigner } from '../../../stage1/metadata/signer.js'

export const UUID = '6733c088-a507-4694-aabf-0f2e5e7d3d5f'
export const OTHER_UUID = '11111111-2222-4333-8444-555555555555'
export const TOKEN = '0123456789abcdef0123456789abcdef'
export const SECRETS = [Buffer.alloc(64, 1), Buffer.alloc(64, 2)]

export const FACTS: MetadataFacts = {
  uuid: UUID,
  manifest: {
    acKind: 'PodManifest',
    acVersion: '0.8.11',
    apps: [
      {
        name: 'web',
        image: { id: 'sha512-1' },
        annotations: [
          { name: 'example.com/b', value: 'pod' },
          { name: 'example.com/c', value: 'pod ü' },
        ],
      },
      { name: 'plain', image: { id: 'sha512-2' } },
    ],
    annotations: [{ name: 'example.com/owner', value: 'me' }],
  },
  images: {
    web: {
      id: 'sha512-1',
      manifest: {
        acKind: 'ImageManifest',
        acVersion: '0.8.11',
        name: 'example.com/web',
        annotations: [
          { name: 'example.com/a', value: 'image' },
          { name: 'example.com/b', value: 'image' },
        ],
      },
    },
    plain: {
      id: 'sha512-2',
      manifest: { acKind: 'ImageManifest', acVersion: '0.8.11', name: 'example.com/plain' },
    },
  },
}

/** A pod with the facts above. */
export const metadataPod = (uuid: string = UUID, secrets: readonly Buffer[] = SECRETS): MetadataPod => ({
  token: TOKEN,
  facts: { ...FACTS, uuid },
  signer: openSigner(uuid, secrets),
})
