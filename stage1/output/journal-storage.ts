import { existsSync, readdirSync, readFileSync } from 'node:fs'

/**
 * The directories of the configuration of journald, the one of highest precedence last
 * (journald.conf(5)).
 */
const DIRECTORIES = ['usr/lib', 'usr/local/lib', 'run', 'etc'].map((top) => `${top}/systemd`)

/** The levels of syslog(3) by name; journald accepts their numbers too. */
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const
const STDERR = 3
const STDOUT = 6

/**
 * Describes which output of apps journald does not store by its configuration: only attached
 * clients see that output. undefined where it stores everything. `root`: the root directory of the
 * host.
 */
export function unstored(root = '/'): string | undefined {
  const { Storage: storage, MaxLevelStore: level } = settings(root)
  if (storage?.value === 'none') return `journal: stores nothing (Storage=none in ${storage.file})`
  if (level === undefined) return undefined
  const highest = LEVELS.findIndex((name, number) => level.value === name || level.value === String(number))
  if (highest < 0 || highest >= STDOUT) return undefined
  const streams = highest < STDERR ? 'neither stdout nor stderr' : 'no stdout'
  return `journal: stores ${streams} of apps (MaxLevelStore=${level.value} in ${level.file})`
}

type Settings = Readonly<Record<string, { readonly value: string; readonly file: string } | undefined>>

/** The effective value of each setting, and the file that sets it. */
function settings(root: string): Settings {
  const values: Record<string, { value: string; file: string }> = {}
  for (const file of files(root)) {
    for (const line of textOf(file).split('\n')) {
      const [, name, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
      if (name !== undefined && value !== undefined) values[name] = { value, file }
    }
  }
  return values
}

/** A file that cannot be read counts as empty, as for journald. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/**
 * The main file, then the drop-ins by name. Of two drop-ins with the same name the one of higher
 * precedence is used.
 */
function files(root: string): readonly string[] {
  const main = DIRECTORIES.map((directory) => `${root}${directory}/journald.conf`).filter((file) => existsSync(file))
  const dropIns = new Map<string, string>()
  for (const directory of DIRECTORIES) {
    const path = `${root}${directory}/journald.conf.d`
    if (!existsSync(path)) continue
    for (const name of readdirSync(path)) if (name.endsWith('.conf')) dropIns.set(name, `${path}/${name}`)
  }
  const byName = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
  return [...main.slice(-1), ...byName]
}
