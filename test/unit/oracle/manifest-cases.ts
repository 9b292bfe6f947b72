import {
  change,
  fullImageManifest,
  fullPodManifest,
  minimalImageManifest,
  minimalPodManifest,
  REMOVED,
  type Json,
  type JsonObject,
} from '../../helpers/manifests.js'
import {
  ADDRESSES,
  ADDRESSES_V4,
  COUNTS,
  ENVIRONMENT,
  EVENTS,
  GIDS,
  IDENTIFIERS,
  IMAGE_IDS,
  ISOLATORS,
  KINDS,
  LABELS,
  NAMES,
  PATHS,
  PORTS,
  SIZES,
  TIMESTAMPS,
  VERSIONS,
  VOLUMES,
} from './manifest-values.js'

/** One manifest text and what is special about it. */
export interface ManifestCase {
  readonly name: string
  readonly text: string
}

/** The values that are tried at each field. */
const TRIES: readonly (readonly [document: JsonObject, paths: readonly string[], values: readonly Json[]])[] = [
  [fullImageManifest(), ['acKind'], KINDS],
  [fullImageManifest(), ['acVersion'], VERSIONS],
  [
    fullImageManifest(),
    ['name', 'labels.0.name', 'annotations.0.name', 'dependencies.0.imageName', 'app.isolators.0.name'],
    IDENTIFIERS,
  ],
  [fullImageManifest(), ['app.mountPoints.0.name', 'app.ports.0.name'], NAMES],
  [fullImageManifest(), ['labels', 'dependencies.0.labels'], LABELS],
  [fullImageManifest(), ['annotations.1.value'], TIMESTAMPS],
  [fullImageManifest(), ['annotations.2.value', 'annotations.3.value'], ADDRESSES],
  [fullImageManifest(), ['app.isolators'], ISOLATORS],
  [fullImageManifest(), ['app.ports.1.port'], PORTS],
  [fullImageManifest(), ['app.ports.1.count'], COUNTS],
  [fullImageManifest(), ['app.workingDirectory', 'app.mountPoints.0.path', 'pathWhitelist.0'], PATHS],
  [fullImageManifest(), ['app.environment.0.name'], ENVIRONMENT],
  [fullImageManifest(), ['app.eventHandlers.0.name'], EVENTS],
  [fullImageManifest(), ['app.supplementaryGIDs.0'], GIDS],
  [fullImageManifest(), ['dependencies.0.size'], SIZES],
  [fullImageManifest(), ['dependencies.0.imageID'], IMAGE_IDS],
  [fullImageManifest(), ['app.user', 'app.group'], ['root', '0', '/usr/bin/ping', '', 'no such user', 'a\u0000']],
  [fullPodManifest(), ['acKind'], KINDS],
  [fullPodManifest(), ['acVersion'], VERSIONS],
  [
    fullPodManifest(),
    ['apps.2.name', 'apps.0.mounts.0.volume', 'volumes.1.name', 'ports.1.name', 'ports.1.podPort.name'],
    NAMES,
  ],
  [fullPodManifest(), ['apps.0.image.name', 'annotations.0.name', 'apps.1.annotations.0.name'], IDENTIFIERS],
  [fullPodManifest(), ['apps.0.image.id'], IMAGE_IDS],
  [fullPodManifest(), ['apps.0.image.labels'], LABELS],
  [fullPodManifest(), ['isolators'], ISOLATORS],
  [fullPodManifest(), ['volumes.1', 'apps.1.mounts.0.appVolume'], VOLUMES],
  [fullPodManifest(), ['ports.0.hostPort', 'ports.1.podPort.port'], PORTS],
  [fullPodManifest(), ['ports.1.hostIP'], ADDRESSES_V4],
  [fullPodManifest(), ['apps.0.mounts.0.path'], PATHS],
]

/** Changes other than a value of one field. */
const ODD: readonly (readonly [name: string, text: string])[] = [
  ['empty file', ''],
  ['only spaces', ' \n'],
  ['not JSON', 'acKind: ImageManifest'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a string', '"ImageManifest"'],
  ['a number', '7'],
  ['empty object', '{}'],
  ['cut short', JSON.stringify(fullImageManifest()).slice(0, -2)],
  ['trailing comma', JSON.stringify(minimalImageManifest()).replace(/\}$/, ',}')],
  ['something after it', `${JSON.stringify(minimalImageManifest())}x`],
  ['two documents', JSON.stringify(minimalImageManifest()).repeat(2)],
  ['a comment', `// hi\n${JSON.stringify(minimalImageManifest())}`],
  ['single quotes', JSON.stringify(minimalImageManifest()).replaceAll('"', "'")],
  ['a byte order mark', `\ufeff${JSON.stringify(minimalImageManifest())}`],
  ['a raw newline in a string', JSON.stringify(minimalImageManifest()).replace('minimal', 'mini\nmal')],
  ['a number with a leading zero', '{"acKind":"ImageManifest","acVersion":"0.8.11","name":"a","x":01}'],
  [
    'nesting of 900 levels',
    `{"acKind":"ImageManifest","acVersion":"0.8.11","name":"a","x":${'['.repeat(900)}${']'.repeat(900)}}`,
  ],
  [
    'nesting of 5000 levels',
    `{"acKind":"ImageManifest","acVersion":"0.8.11","name":"a","x":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  ],
  [
    'nesting of 20000 levels',
    `{"acKind":"ImageManifest","acVersion":"0.8.11","name":"a","x":${'['.repeat(20000)}${']'.repeat(20000)}}`,
  ],
  [
    'fields in another case',
    '{"ACKIND":"ImageManifest","acversion":"0.8.11","NAME":"a","app":{"Exec":["/a"],"USER":"0","Group":"0","supplementaryGids":[1]}}',
  ],
  ['a bad field in another case', '{"acKind":"ImageManifest","acVersion":"0.8.11","NAME":"A"}'],
  ['a bad name, then a good one', '{"acKind":"ImageManifest","acVersion":"0.8.11","name":"A","name":"a"}'],
  ['a field __proto__', '{"acKind":"ImageManifest","acVersion":"0.8.11","name":"a","__proto__":{"a":1}}'],
  ['minimal image manifest', JSON.stringify(minimalImageManifest())],
  ['minimal pod manifest', JSON.stringify(minimalPodManifest())],
  ['full image manifest', JSON.stringify(fullImageManifest(), null, 2)],
  ['full pod manifest', JSON.stringify(fullPodManifest(), null, 2)],
  ['pod without apps', JSON.stringify(change(minimalPodManifest(), 'apps', []))],
  [
    'pod as Go writes it',
    JSON.stringify({ ...minimalPodManifest(), volumes: null, isolators: null, annotations: null, ports: null }),
  ],
  ['two apps of one name', JSON.stringify(change(fullPodManifest(), 'apps.1.name', 'reduce-worker'))],
  ['two volumes of one name', JSON.stringify(change(fullPodManifest(), 'volumes.1.name', 'worklib'))],
  ['two annotations of one name', JSON.stringify(change(fullImageManifest(), 'annotations.0.name', 'created'))],
  [
    'two variables of one name',
    JSON.stringify(
      change(fullImageManifest(), 'app.environment', [
        { name: 'A', value: '' },
        { name: 'A', value: '' },
      ]),
    ),
  ],
  ['two ports of one name', JSON.stringify(change(fullImageManifest(), 'app.ports.0.name', 'ftp-data'))],
  ['two handlers of one event', JSON.stringify(change(fullImageManifest(), 'app.eventHandlers.1.name', 'pre-start'))],
  [
    'an exposed port of two apps',
    JSON.stringify(change(fullPodManifest(), 'apps.1.app.ports', [{ name: 'ftp-data', protocol: 'tcp', port: 21 }])),
  ],
  ['a handler without exec', JSON.stringify(change(fullImageManifest(), 'app.eventHandlers.0.exec', []))],
]

/** All places of a document, in the form of `change`. */
function paths(value: Json, above = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([step, inside]) => {
    const path = above === '' ? step : `${above}.${step}`
    return [path, ...paths(inside, path)]
  })
}

/** Each field of each full document, once with each other JSON type and once missing. */
function wrongKinds(kind: string, document: JsonObject): ManifestCase[] {
  const values: readonly (Json | typeof REMOVED)[] = [REMOVED, null, true, 7, 'text', [], {}]
  return paths(document).flatMap((path) =>
    values.map((value) => ({
      name: `${kind} ${path} ${value === REMOVED ? 'removed' : `= ${JSON.stringify(value)}`}`,
      text: JSON.stringify(change(document, path, value)),
    })),
  )
}

const kindOf = (document: JsonObject): string => (document['acKind'] === 'ImageManifest' ? 'image' : 'pod')

/** All manifests of the comparison of the two implementations; the same ones in each run. */
export function manifestCases(): ManifestCase[] {
  const tried = TRIES.flatMap(([document, fields, values]) =>
    fields.flatMap((path) =>
      values.map((value) => ({
        name: `${kindOf(document)} ${path} = ${JSON.stringify(value)}`,
        text: JSON.stringify(change(document, path, value)),
      })),
    ),
  )
  const odd = ODD.map(([name, text]) => ({ name, text }))
  const all = [...odd, ...tried, ...wrongKinds('image', fullImageManifest()), ...wrongKinds('pod', fullPodManifest())]
  return [...new Map(all.map((one) => [one.name, one])).values()]
}
