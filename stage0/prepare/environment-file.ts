import { RuntimeError } from '#schema/errors.js'
import type { Variables } from './request.js'
import { parseVariable } from './variable.js'

/**
 * Parses the text of a `--set-env-file`: one `NAME=VALUE` per line, with the value taken literally.
 * Empty lines and lines that begin with `#` or `;` are comments. Errors: USAGE, naming file and
 * line.
 */
export function parseEnvironmentFile(text: string, file: string): Variables {
  const variables = new Map<string, string>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (/^\s*([#;]|$)/.test(line)) continue
    const fail = (problem: string): RuntimeError => new RuntimeError('USAGE', `${file}:${index + 1}: ${problem}`)
    const [name, value] = parseVariable(line.trimStart(), fail)
    if (value.includes('\0')) throw fail(`${name}: a value cannot hold a zero byte`)
    if (variables.has(name)) throw fail(`${name}: set twice`)
    variables.set(name, value)
  }
  return variables
}
