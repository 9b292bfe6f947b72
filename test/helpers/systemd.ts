import { execFileSync } from 'node:child_process'

/** Runs systemctl, which must succeed; gives stdout. */
export const systemctl = (...words: readonly string[]): string => execFileSync('systemctl', words, { encoding: 'utf8' })

/** One property of a unit. */
export const property = (unit: string, name: string): string =>
  systemctl('show', '--value', `--property=${name}`, unit).trim()

/**
 * The names of the units that systemd has loaded of those patterns, failed ones too. One that has ended it unloads a moment later,
 * when its control group is empty: as long as there are only such it is asked again, so many times.
 */
export function loadedUnits(...patterns: readonly string[]): readonly string[] {
  for (let asked = 1; ; asked += 1) {
    const units = systemctl('list-units', '--all', '--plain', '--no-legend', '--full', ...patterns)
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/ +/))
    const going = units.every(([, , active = '']) => ['inactive', 'failed'].includes(active))
    if (units.length === 0 || !going || asked === MOST_ASKED) return units.map(([name = '']) => name)
  }
}

const MOST_ASKED = 50

/** The journal's entries that match, every field. */
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
