import { createReadStream, write } from 'node:fs'
import { isatty } from 'node:tty'
import { native } from '#native'
import { POD_DIR } from '#schema/pod-dir.js'
import type { Attachment } from './attachment.js'
import type { TerminalSize } from '../plan/pod-plan.js'

/** The caller's terminal, connected to a new one that becomes the app's. */
export interface Terminal extends Attachment {
  readonly size: TerminalSize
  /** TERM. */
  readonly type: string
}

/**
 * Whether the caller is at a terminal: then the pod gets a terminal of its own. Otherwise its
 * standard input is a pipe.
 */
export const isAtTerminal = (): boolean => isatty(0) && isatty(1)

/**
 * Receives the terminal of the app, which is a new one of the size of ours: our own terminal is not
 * passed into the pod. From `begin` to `finish` our terminal is raw; input goes to the app, Ctrl-C
 * too, and size changes are passed on.
 */
export function openTerminal(): Terminal {
  const { stdin, stdout } = process
  const receiving = native.receiveTerminal(POD_DIR.terminal)
  const closed = Promise.withResolvers<undefined>()
  let connected = false
  const connect = (fd: number): void => {
    native.resizeTerminal(fd, stdout.rows, stdout.columns)
    stdin.on('data', (data: Buffer) => write(fd, data, () => undefined))
    stdout.on('resize', () => native.resizeTerminal(fd, stdout.rows, stdout.columns))
    const output = createReadStream('', { fd })
    // EIO: no process of the app has the terminal open any more.
    output.once('error', () => closed.resolve(undefined))
    output.once('close', () => closed.resolve(undefined))
    output.pipe(stdout, { end: false })
    connected = true
  }
  return {
    size: { rows: stdout.rows, columns: stdout.columns },
    type: process.env['TERM'] ?? 'linux',
    begin: () => {
      stdin.setRawMode(true)
      receiving.then(connect, () => closed.resolve(undefined))
    },
    finish: async () => {
      // An app that did not start sends no terminal.
      if (connected) await closed.promise
      stdin.setRawMode(false)
      stdin.removeAllListeners('data')
      stdin.pause()
      stdin.unref()
      stdout.removeAllListeners('resize')
    },
  }
}
