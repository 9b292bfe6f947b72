import { execFileSync } from 'node:child_process'

/** Runs systemctl, which must succeed; returns its stdout. */
export const systemctl = (...words: readonly string[]): string => execFileSync('systemctl', words, { encoding: 'utf8' })

/** One property of a unit. */
export const property = (unit: string, name: string): string =>
  systemctl('show', '--value', `--property=${name}`, unit).trim()

/**
 * The names of the loaded units that match the patterns, including failed ones. systemd unloads an
 * ended unit a moment later, when its control group is empty: while there are only such units, the
 * function asks again, a limited number of times.
 */
export function loadedUnits(...patterns: readonly string[]): readonly string[] {
  for (let attempt = 1; ; attempt += 1) {
    const units = systemctl('list-units', '--all', '--plain', '--no-legend', '--full', ...patterns)
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/ +/))
    const areEnding = units.every(([, , active = '']) => ['inactive', 'failed'].includes(active))
    if (units.length === 0 || !areEnding || attempt === MAX_ATTEMPTS) return units.map(([name = '']) => name)
  }
}

const MAX_ATTEMPTS = 50

/** All fields of the journal entries that match. */
export function journal(...matches: readonly string[]): Record<string, string>[] {
  execFileSync('journalctl', ['--sync'])
  const lines = execFileSync('journalctl', ['--quiet', '--output=json', '--all', ...matches], {
    encoding: 'utf8',
    maxBuffer: 1 << 29,
  })
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, string>)
}
