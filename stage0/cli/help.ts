import { type Row } from './command.js'
import { GLOBAL_HELP } from './globals.js'

/** The text of `appc --help`, or of `appc FAMILY --help`. */
export function help(commands: Readonly<Record<string, Row>>, family?: string): string[] {
  const rows = Object.entries(commands).map(
    ([name, { synopsis, describe }]) => [`${name} ${synopsis}`.trim(), describe] as const,
  )
  return [
    family === undefined ? 'usage: appc [OPTION…] COMMAND …' : `usage: appc [OPTION…] ${family} COMMAND …`,
    '',
    'Commands:',
    ...alignColumns(rows),
    '',
    'Options of every command:',
    ...alignColumns(GLOBAL_HELP),
    '',
    `appc ${family === undefined ? '' : `${family} `}COMMAND --help tells more.`,
  ]
}

function alignColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
