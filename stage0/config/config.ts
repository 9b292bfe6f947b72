import { authorizationOf, AUTH, type Credentials, masked } from './auth.js'
import type { ConfigDirs } from './config-dirs.js'
import { configError, type Document, readDocuments } from './documents.js'
import { IMAGES, PATHS } from './settings.js'

/** What the configuration directories say, merged: a later level overrides an earlier one entry by entry. */
export interface Config {
  readonly dirs: ConfigDirs
  /** The data directory, absolute; undefined where no file names one. */
  readonly dataDir: string | undefined
  /** Local files, too, need a good signature. */
  readonly requireSignature: boolean
  /** The value of `Authorization` for a URL (D8): only for https, and only for the very host[:port] it is configured for. */
  readonly authorization: (url: URL) => string | undefined
  /** Everything above for `appc config`, secrets masked. */
  readonly described: Readonly<Record<string, unknown>>
}

/** Reads the configuration. Errors: CONFIG_INVALID, naming file and field. */
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
    described: {
      directories: levels,
      paths: data === undefined ? {} : { data: data.value, file: data.file },
      images: { requireSignature: false, ...described(requireSignature, 'requireSignature') },
      auth: [...auth].map(([domain, { value, file }]) => ({
        domain,
        type: value.type,
        credentials: masked(value),
        file,
      })),
    },
  }
}

/** One thing a file says, by the name under which another file may override it. */
interface Entry<T> {
  readonly name: string
  readonly value: T
  readonly file: string
}

const entry = <T>({ file }: Document<unknown>, name: string, value: T): Entry<T> => ({ name, value, file })

/** What all levels say, the last one counting; the same thing twice in one level is an error. */
function entriesOf<T>(
  levels: readonly string[],
  read: (level: string) => readonly Entry<T | undefined>[],
): ReadonlyMap<string, Entry<T>> {
  const all = new Map<string, Entry<T>>()
  for (const level of levels) {
    const own = new Map<string, Entry<T>>()
    for (const { name, value, file } of read(level)) {
      if (value === undefined) continue
      const earlier = own.get(name)
      if (earlier !== undefined) throw configError(file, `${name}: already set by ${earlier.file}`)
      own.set(name, { name, value, file })
    }
    for (const [name, found] of own) all.set(name, found)
  }
  return all
}

function authorizationFor(url: URL, auth: ReadonlyMap<string, Entry<Credentials>>): string | undefined {
  if (url.protocol !== 'https:') return undefined
  const found = auth.get(url.host)
  return found === undefined ? undefined : authorizationOf(found.value)
}

const described = <T>(found: Entry<T> | undefined, name: string): Readonly<Record<string, unknown>> =>
  found === undefined ? {} : { [name]: found.value, file: found.file }
