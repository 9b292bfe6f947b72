import { isObject } from './check.js'
import type { Label } from './labels.js'

/** The readable parts of any image manifest, even a broken one. */
export interface LenientImageManifest {
  readonly acVersion?: string
  readonly name?: string
  /** The `version` label. */
  readonly version?: string
  /** The labels with a name and a value. */
  readonly labels: readonly Label[]
}

export interface LenientApp {
  /** Empty if the manifest has no name for the app. */
  readonly name: string
  readonly imageID?: string
  readonly imageName?: string
}

/** The readable parts of any pod manifest, even a broken one. */
export interface LenientPodManifest {
  readonly acVersion?: string
  readonly apps: readonly LenientApp[]
}

/** Reads the readable parts of an image manifest, for `list`, `rm` and `gc`. Never throws. */
export function lenientImageManifest(source: string | Uint8Array): LenientImageManifest {
  const document = read(source)
  const labels = items(document['labels']).flatMap(({ name, value }) =>
    typeof name === 'string' && typeof value === 'string' ? [{ name, value }] : [],
  )
  const version = labels.find(({ name }) => name === 'version')?.value
  return {
    ...stringField('acVersion', document['acVersion']),
    ...stringField('name', document['name']),
    ...stringField('version', version),
    labels,
  }
}

/** Reads the readable parts of a pod manifest, for `list`, `rm` and `gc`. Never throws. */
export function lenientPodManifest(source: string | Uint8Array): LenientPodManifest {
  const document = read(source)
  const apps = items(document['apps']).map(({ name, image }) => ({
    name: typeof name === 'string' ? name : '',
    ...(isObject(image) ? { ...stringField('imageID', image['id']), ...stringField('imageName', image['name']) } : {}),
  }))
  return { ...stringField('acVersion', document['acVersion']), apps }
}

function read(source: string | Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(typeof source === 'string' ? source : new TextDecoder().decode(source))
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

const items = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isObject) : []

const stringField = <K extends string>(key: K, value: unknown): { readonly [P in K]?: string } =>
  typeof value === 'string' ? ({ [key]: value } as { readonly [P in K]: string }) : {}
