import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Commands of a guide, and the output that the guide shows for them; '' where it shows none. */
export interface Step {
  readonly commands: string
  readonly output: string
}

/** A section of a guide: its heading without the number, and its steps in order. */
export interface Section {
  readonly title: string
  readonly steps: readonly Step[]
}

/** The sections of a guide in Markdown: each `sh` block, with the `text` block that follows it. */
export function readGuide(path: string): readonly Section[] {
  const [, ...sections] = readFileSync(path, 'utf8').split(/^## (?:\d+\. )?/m)
  return sections.map((text) => {
    const [title = ''] = text.split('\n', 1)
    const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, kind, content = '']) => ({ kind, content }))
    const steps = blocks.flatMap(({ kind, content }, index) => {
      const next = blocks[index + 1]
      return kind === 'sh' ? [{ commands: content, output: next?.kind === 'text' ? next.content : '' }] : []
    })
    return { title, steps }
  })
}

/**
 * A pattern for the output that a guide shows: `…` stands for any text within a line, a line of
 * `…` alone for any lines, and blanks for any number of blanks.
 */
export function outputPattern(output: string): RegExp {
  const lines = output.split('\n').slice(0, -1)
  const patterns = lines.map((line) => (line === '…' ? '(.*\\n)*' : `${linePattern(line)} *\\n`))
  return new RegExp(`^${patterns.join('')}$`)
}

const linePattern = (line: string): string =>
  ` *${line
    .trim()
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replaceAll('…', '.*')
    .replace(/ +/g, ' +')}`

/** A shell in which an administrator executes the commands of a guide. */
export interface GuideShell {
  /** Executes commands; gives what they write. Errors: the output, where a command failed. */
  readonly execute: (commands: string) => Promise<string>
  /** Ends the shell. */
  readonly end: () => Promise<void>
}

/** Starts a shell in a directory; it ends at the first command that fails. */
export function openShell(directory: string): GuideShell {
  const shell = spawn('bash', ['-e'], { cwd: directory, stdio: 'pipe' })
  const closed = new Promise<void>((resolve) => shell.once('close', () => resolve()))
  // The shell may end before it has read all commands.
  shell.stdin.on('error', () => undefined)
  shell.stdin.write('exec 2>&1\n')
  let output = ''
  let look = (): void => undefined
  shell.stdout.on('data', (piece: Buffer) => {
    output += piece.toString()
    look()
  })
  const execute = async (commands: string): Promise<string> => {
    const file = join(directory, '.commands')
    const mark = `end of commands ${Math.random()}\n`
    writeFileSync(file, commands)
    output = ''
    const finished = new Promise<string>((resolve) => {
      look = () => {
        if (output.endsWith(mark)) resolve(output.slice(0, -mark.length))
      }
    })
    shell.stdin.write(`. ${file} </dev/null\necho ${mark}`)
    const failed = closed.then(() => Promise.reject(new Error(`a command failed:\n${commands}\n${output}`)))
    return await Promise.race([finished, failed])
  }
  const end = async (): Promise<void> => {
    shell.stdin.end()
    await closed
  }
  return { execute, end }
}
