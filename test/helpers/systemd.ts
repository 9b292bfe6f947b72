import { execFileSync } from 'node:child_process'

/** Runs systemctl, which must succeed; gives stdout. */
export const systemctl = (...words: readonly string[]): string => execFileSync('systemctl', words, { encoding: 'utf8' })

/** One property of a unit. */
export const property = (unit: string, name: string): string =>
  systemctl('show', '--value', `--property=${name}`, unit).trim()

/** The journal's entries that match, every field. */
export function journal(...matches: readonly string[]): Record<string, string>[] {
  execFileSync('journalctl', ['--sync'])
  const lines = execFileSync('journalctl', ['--quiet', '--output=json', '--all', ...matches], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, string>)
}
