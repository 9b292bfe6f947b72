import { authorizationOf, AUTH, type Credentials, maskCredentials } from './auth.js'
import type { ConfigDirs } from './config-dirs.js'
import { configError, type Document, readDocuments } from './documents.js'
import { IMAGES, PATHS } from './settings.js'

/**
 * The merged configuration: an entry of a later level overrides the same entry of an earlier level.
 */
export interface Config {
  readonly dirs: ConfigDirs
  /** The absolute path of the data directory; undefined where no file names one. */
  readonly dataDir: string | undefined
  /** Local image files need a valid signature as well. */
  readonly requireSignature: boolean
  /**
   * The value of `Authorization` for a URL (D8): only for https, and only for the exact host[:port]
   * in the configuration.
   */
  readonly authorization: (url: URL) => string | undefined
  /** All of the above for `appc config`, with secrets masked. */
  readonly description: Readonly<Record<string, unknown>>
}

/** Reads the configuration files of all levels. Errors: CONFIG_INVALID, naming file and field. */
export function loadConfig(dirs: ConfigDirs): Config {
  const levels = [dirs.system, dirs.local, ...(dirs.user === undefined ? [] : [dirs.user])]
  const data = entriesOf(levels, (level) =>
    readDocuments(level, PATHS).map((document) => entry(document, 'data', document.value.data)),
  ).get('data')
  const requireSignature = entriesOf(levels, (level) =>
    readDocuments(level, IMAGES).map((document) =>
      entry(document, 'requireSignature', document.value.requireSignature),
    ),
  ).get('requireSignature')
  const auth = entriesOf(levels, (level) =>
    readDocuments(level, AUTH).flatMap((document) =>
      document.value.domains.map((domain) => entry(document, domain, document.value.credentials)),
    ),
  )
  return {
    dirs,
    dataDir: data?.value,
    requireSignature: requireSignature?.value ?? false,
    authorization: (url) => authorizationFor(url, auth),
    description: {
      directories: levels,
      paths: data === undefined ? {} : { data: data.value, file: data.file },
      images: { requireSignature: false, ...describeEntry(requireSignature, 'requireSignature') },
      auth: [...auth].map(([domain, { value, file }]) => ({
        domain,
        type: value.type,
        credentials: maskCredentials(value),
        file,
      })),
    },
  }
}

/** One entry of a file; `name` is the key under which another file may override it. */
interface Entry<T> {
  readonly name: string
  readonly value: T
  readonly file: string
}

const entry = <T>({ file }: Document<unknown>, name: string, value: T): Entry<T> => ({ name, value, file })

/**
 * The entries of all levels; a later level overrides an earlier one. Errors: CONFIG_INVALID if two
 * files of one level set the same entry.
 */
function entriesOf<T>(
  levels: readonly string[],
  read: (level: string) => readonly Entry<T | undefined>[],
): ReadonlyMap<string, Entry<T>> {
  const merged = new Map<string, Entry<T>>()
  for (const level of levels) {
    const levelEntries = new Map<string, Entry<T>>()
    for (const { name, value, file } of read(level)) {
      if (value === undefined) continue
      const earlier = levelEntries.get(name)
      if (earlier !== undefined) throw configError(file, `${name}: already set by ${earlier.file}`)
      levelEntries.set(name, { name, value, file })
    }
    for (const [name, value] of levelEntries) merged.set(name, value)
  }
  return merged
}

function authorizationFor(url: URL, auth: ReadonlyMap<string, Entry<Credentials>>): string | undefined {
  if (url.protocol !== 'https:') return undefined
  const match = auth.get(url.host)
  return match === undefined ? undefined : authorizationOf(match.value)
}

const describeEntry = <T>(setting: Entry<T> | undefined, name: string): Readonly<Record<string, unknown>> =>
  setting === undefined ? {} : { [name]: setting.value, file: setting.file }
