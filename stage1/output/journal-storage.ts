import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Where journald finds its configuration, the strongest last (journald.conf(5)). */
const DIRECTORIES = ['usr/lib', 'usr/local/lib', 'run', 'etc'].map((top) => `${top}/systemd`)

/** The levels of syslog(3) by name; their numbers count too. */
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const
const STDERR = 3
const STDOUT = 6

/**
 * What the configuration of journald keeps out of the journal of all that a pod writes, in words; undefined where it keeps nothing
 * out. Nobody would be shown it but those who are attached. `root`: of the host.
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

/** The last value of each setting, and the file that says so. */
function settings(root: string): Settings {
  const found: Record<string, { value: string; file: string }> = {}
  for (const file of files(root)) {
    for (const line of textOf(file).split('\n')) {
      const [, name, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
      if (name !== undefined && value !== undefined) found[name] = { value, file }
    }
  }
  return found
}

/** What cannot be read counts for nothing, as for journald. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** The main file, then the drop-ins by name; of two of one name the stronger hides the other. */
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
