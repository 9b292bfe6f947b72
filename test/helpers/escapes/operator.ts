import { spawn } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { native } from '#native'
import { isErrno } from '#schema/errors.js'
import { APPC } from '../run-cli.js'

/** An operator at a terminal. */
export interface Operator {
  /** The terminal, as the operator's shell has it open. */
  readonly terminal: number
  /** All output so far, for failure messages. */
  readonly screen: () => string
  /** The input that was typed and that no process has read. */
  readonly typed: () => string
  /**
   * Runs `appc` with these standard streams; returns the exit status, null if a signal ended it.
   */
  readonly call: (words: readonly string[], streams: readonly [number, number, number]) => Promise<number | null>
}

/** Creates an operator; passes the function that ends it to `after`. */
export function operator(after: (end: () => void) => void): Operator {
  const { fd, path } = native.openTerminal(24, 200)
  const terminal = openSync(path, 'r+')
  let shown = ''
  const screen = new ReadStream(fd)
    .on('data', (chunk: Buffer) => (shown += chunk.toString()))
    // On Linux, the end of a terminal that no process has open is an error.
    .on('error', () => undefined)
  after(() => {
    closeSync(terminal)
    screen.destroy()
  })
  return {
    terminal,
    screen: () => shown,
    typed: () => waiting(path),
    call: (words, streams) =>
      new Promise((resolve, reject) => {
        spawn(APPC, words, { stdio: [...streams] })
          .once('error', reject)
          .once('exit', resolve)
      }),
  }
}

function waiting(path: string): string {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants
  const fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
  try {
    return readFileSync(fd, 'utf8')
  } catch (error) {
    if (isErrno(error, 'EAGAIN')) return ''
    throw error
  } finally {
    closeSync(fd)
  }
}

/** Device and inode of an open file, as stat(1) prints them with `%d:%i`. */
export function identity(fd: number): string {
  const { dev, ino } = fstatSync(fd)
  return `${dev}:${ino}`
}

/** The PIDs of other processes that have the same file open. */
export function holders(fd: number): string[] {
  const expected = identity(fd)
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => descriptors(pid).some((path) => identityOf(path) === expected))
}

function descriptors(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => `/proc/${pid}/fd/${name}`)
  } catch {
    return []
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
