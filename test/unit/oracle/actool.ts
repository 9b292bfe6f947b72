import { spawn } from 'node:child_process'

/**
 * The result of `validate` for one file: its line without the file's name; `crashed` if it
 * panicked.
 */
export interface Verdict {
  readonly valid: boolean
  readonly crashed: boolean
  readonly line: string
}

/** Maximum number of files for one call of `validate`. */
const BATCH = 200

/**
 * Runs `program validate` (actool's, or ours) on many files. A call may end early, at a file whose
 * kind is unknown or at a panic: then the next call checks the remaining files.
 */
export async function verdictsOf(program: string, files: readonly string[]): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>()
  for (let rest = files; rest.length > 0; rest = files.slice(verdicts.size)) {
    const stderr = await stderrOf(program, ['--debug', 'validate', ...rest.slice(0, BATCH)])
    const said = stderr.split(/^(?=\/\S+: |panic: )/m).filter((text) => !/^\S+: warning: /.test(text))
    for (const file of rest.slice(0, BATCH)) {
      const line = said.find((text) => text.startsWith(`${file}: `))
      if (line === undefined) break
      const words = line.slice(file.length + 2).trimEnd()
      verdicts.set(file, { valid: words.startsWith('valid '), crashed: false, line: words })
    }
    const next = files[verdicts.size]
    const panic = /^panic: .*/m.exec(stderr)?.[0]
    if (panic !== undefined && next !== undefined) verdicts.set(next, { valid: false, crashed: true, line: panic })
    else if (next !== undefined && next === rest[0]) throw new Error(`${program} said nothing of ${next}: ${stderr}`)
  }
  return verdicts
}

/** Everything a program writes to stderr, whatever its exit status. */
export async function stderrOf(program: string, words: readonly string[]): Promise<string> {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  const chunks: Buffer[] = []
  for await (const chunk of child.stderr) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
