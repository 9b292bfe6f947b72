import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The version of the public tool for the comparison. */
const VERSION = 'v0.8.11'

/** Where the built tool is kept: outside the repository, made once per machine. */
const cache = (): string => join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'appc-oracle', VERSION)

/** The public actool, or why it is not available here. */
export type Oracle = { readonly path: string } | { readonly missing: string }

/** Builds actool with Go in a scratch module, unless that was done before. */
export async function findActool(): Promise<Oracle> {
  const path = join(cache(), 'actool')
  if (await exists(path)) return { path }
  try {
    await run('go', ['version'])
  } catch {
    return { missing: 'Go is not installed, so the public actool cannot be built' }
  }
  await mkdir(cache(), { recursive: true })
  const scratch = await mkdtemp(join(cache(), 'build-'))
  const go = (...words: string[]) =>
    run('go', words, { cwd: scratch, env: { ...process.env, GOFLAGS: '-mod=mod', GOWORK: 'off', CGO_ENABLED: '0' } })
  try {
    await go('mod', 'init', 'oracle')
    await go('get', `github.com/appc/spec@${VERSION}`)
    await go('build', '-o', 'actool', 'github.com/appc/spec/actool')
    await rename(join(scratch, 'actool'), path)
    return { path }
  } catch (error) {
    return { missing: `the public actool did not build: ${error instanceof Error ? error.message : String(error)}` }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

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

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
