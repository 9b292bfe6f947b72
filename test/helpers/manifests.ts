/** Any JSON value that tests change. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export interface JsonObject {
  [key: string]: Json
}

/** A well-formed image ID: 128 times one hex digit. */
export const anImageID = (digit = 'a'): string => `sha512-${digit.repeat(128)}`

/** The minimal image manifest. */
export const minimalImageManifest = (): JsonObject => ({
  acKind: 'ImageManifest',
  acVersion: '0.8.11',
  name: 'example.com/minimal',
})

/** The minimal pod manifest with one app. */
export const minimalPodManifest = (): JsonObject => ({
  acKind: 'PodManifest',
  acVersion: '0.8.11',
  apps: [{ name: 'minimal', image: { id: anImageID() } }],
})

/** An app that uses every field the specification has. */
export const anApp = (): JsonObject => ({
  exec: ['/usr/bin/reduce-worker', '--quiet'],
  user: '100',
  group: '300',
  supplementaryGIDs: [400, 500],
  eventHandlers: [
    { name: 'pre-start', exec: ['/usr/bin/data-downloader'] },
    { name: 'post-stop', exec: ['/usr/bin/deregister-worker', '--verbose'] },
  ],
  workingDirectory: '/opt/work',
  environment: [{ name: 'REDUCE_WORKER_DEBUG', value: 'true' }],
  mountPoints: [{ name: 'work', path: '/var/lib/work', readOnly: false }],
  ports: [
    { name: 'health', protocol: 'tcp', port: 4000, socketActivated: true },
    { name: 'ftp-data', protocol: 'tcp', port: 20000, count: 1000 },
  ],
  isolators: [
    { name: 'resource/cpu', value: { request: '250m', limit: '500m' } },
    { name: 'resource/memory', value: { request: '1G', limit: '2G' } },
    { name: 'os/linux/capabilities-retain-set', value: { set: ['CAP_NET_BIND_SERVICE'] } },
  ],
  userAnnotations: { 'any key at all': 'any value' },
  userLabels: { tier: 'test' },
})

/** An image manifest that uses every field the specification has. */
export const fullImageManifest = (): JsonObject => ({
  acKind: 'ImageManifest',
  acVersion: '0.8.11',
  name: 'example.com/reduce-worker',
  labels: [
    { name: 'version', value: '1.0.0' },
    { name: 'arch', value: 'amd64' },
    { name: 'os', value: 'linux' },
  ],
  app: anApp(),
  dependencies: [
    {
      imageName: 'example.com/reduce-worker-base',
      imageID: anImageID('b'),
      labels: [
        { name: 'os', value: 'linux' },
        { name: 'env', value: 'canary' },
      ],
      size: 22017258,
    },
  ],
  pathWhitelist: ['/etc/ca/example.com/crt', '/etc/systemd/system/'],
  annotations: [
    { name: 'authors', value: 'Carly Container <carly@example.com>' },
    { name: 'created', value: '2014-10-27T19:32:27.67021798Z' },
    { name: 'documentation', value: 'https://example.com/docs' },
    { name: 'homepage', value: 'https://example.com' },
    { name: 'appc.io/executor/supports-systemd-notify', value: 'false' },
  ],
})

/** A pod manifest that uses every field the specification has. */
export const fullPodManifest = (): JsonObject => ({
  acKind: 'PodManifest',
  acVersion: '0.8.11',
  apps: [
    {
      name: 'reduce-worker',
      image: {
        name: 'example.com/reduce-worker',
        id: anImageID('a'),
        labels: [{ name: 'version', value: '1.0.0' }],
      },
      app: anApp(),
      readOnlyRootFS: true,
      mounts: [{ volume: 'worklib', path: '/var/lib/work' }],
    },
    {
      name: 'backup',
      image: { name: 'example.com/worker-backup', id: anImageID('b') },
      app: { exec: ['/bin/reduce-backup'], user: '0', group: '0' },
      mounts: [
        {
          volume: 'scratch',
          path: '/mnt/bar',
          appVolume: { name: 'scratch', kind: 'empty', mode: '0755', uid: 0, gid: 0 },
        },
      ],
      annotations: [{ name: 'foo', value: 'baz' }],
    },
    { name: 'register', image: { id: anImageID('c') } },
  ],
  volumes: [
    { name: 'worklib', kind: 'host', source: '/opt/tenant1/work', readOnly: true, recursive: true },
    { name: 'cache', kind: 'empty' },
  ],
  isolators: [{ name: 'resource/memory', value: { limit: '4G' } }],
  annotations: [{ name: 'ip-address', value: '10.1.2.3' }],
  ports: [
    { name: 'ftp-data', hostPort: 2121 },
    { name: 'extra', hostPort: 8080, hostIP: '203.0.113.23', podPort: { name: 'extra', protocol: 'tcp', port: 80 } },
  ],
  userAnnotations: { note: 'one' },
  userLabels: { team: 'two' },
})

/** The value with which {@link change} removes a field. */
export const REMOVED = Symbol('removed')

/**
 * A copy of a document with one change: `change(fullImageManifest(), 'app.ports.1.port', 0)`. A
 * numeric step is an index of a list; the last step may be new. The value {@link REMOVED} removes
 * the field.
 */
export function change(document: JsonObject, path: string, value: Json | typeof REMOVED): JsonObject {
  const copy = structuredClone(document)
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const parent = steps.reduce<JsonObject | Json[]>((inside, step) => {
    const next = Array.isArray(inside) ? inside[Number(step)] : inside[step]
    if (typeof next !== 'object' || next === null) throw new Error(`no ${step} of ${path} in the document`)
    return next
  }, copy)
  if (Array.isArray(parent)) {
    if (value === REMOVED) parent.splice(Number(last), 1)
    else parent[Number(last)] = value
  } else if (value === REMOVED) Reflect.deleteProperty(parent, last)
  else parent[last] = value
  return copy
}
