import { isObject } from './check.js'
import type { Label } from './labels.js'

/** What can be known of any image manifest, however broken. */
export interface LenientImageManifest {
  readonly acVersion?: string
  readonly name?: string
  /** The `version` label. */
  readonly version?: string
  /** The labels that have a name and a value. */
  readonly labels: readonly Label[]
}

export interface LenientApp {
  /** Empty where the manifest does not say it. */
  readonly name: string
  readonly imageID?: string
  readonly imageName?: string
}

/** What can be known of any pod manifest, however broken. */
export interface LenientPodManifest {
  readonly acVersion?: string
  readonly apps: readonly LenientApp[]
}

/** Reads what it can of an image manifest, for `list`, `rm` and `gc`. Never throws. */
export function lenientImageManifest(source: string | Uint8Array): LenientImageManifest {
  const document = read(source)
  const labels = items(document['labels']).flatMap(({ name, value }) =>
    typeof name === 'string' && typeof value === 'string' ? [{ name, value }] : [],
  )
  const version = labels.find(({ name }) => name === 'version')?.value
  return {
    ...known('acVersion', document['acVersion']),
    ...known('name', document['name']),
    ...known('version', version),
    labels,
  }
}

/** Reads what it can of a pod manifest, for `list`, `rm` and `gc`. Never throws. */
export function lenientPodManifest(source: string | Uint8Array): LenientPodManifest {
  const document = read(source)
  const apps = items(document['apps']).map(({ name, image }) => ({
    name: typeof name === 'string' ? name : '',
    ...(isObject(image) ? { ...known('imageID', image['id']), ...known('imageName', image['name']) } : {}),
  }))
  return { ...known('acVersion', document['acVersion']), apps }
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

const known = <K extends string>(key: K, value: unknown): { readonly [P in K]?: string } =>
  typeof value === 'string' ? ({ [key]: value } as { readonly [P in K]: string }) : {}
