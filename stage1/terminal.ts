import { closeSync, constants, createReadStream, openSync, write } from 'node:fs'
import { native } from '#native'
import { RuntimeError } from '#schema/errors.js'
import type { Attachment } from './attachment.js'

/** The caller's terminal, connected to a new one that becomes the app's. */
export interface Terminal extends Attachment {
  /** The app's side: `/dev/pts/5`. */
  readonly path: string
  /** TERM. */
  readonly type: string
}

/**
 * Opens a terminal of the size of ours. From `begin` to `finish` ours is raw, what is typed goes to the app, Ctrl-C too,
 * and size changes are passed on.
 *
 * @throws RuntimeError USAGE where stdin or stdout is no terminal
 */
export function openTerminal(): Terminal {
  const { stdin, stdout } = process
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new RuntimeError('USAGE', '--interactive: stdin and stdout must be a terminal', {
      hint: 'appc run without --interactive',
    })
  }
  const { fd, path } = native.openTerminal(stdout.rows, stdout.columns)
  // While one more holds the app's side, its end is not the end of the data.
  const appSide = openSync(path, constants.O_RDWR | constants.O_NOCTTY)
  const output = createReadStream('', { fd })
  const drained = new Promise<void>((resolve) => {
    output.once('error', () => resolve())
    output.once('close', () => resolve())
  })
  const type = (data: Buffer) => write(fd, data, () => undefined)
  const resize = () => native.resizeTerminal(fd, stdout.rows, stdout.columns)
  return {
    path,
    type: process.env['TERM'] ?? 'linux',
    begin: () => {
      stdin.setRawMode(true)
      stdin.on('data', type)
      stdout.on('resize', resize)
      output.pipe(stdout, { end: false })
    },
    finish: async () => {
      closeSync(appSide)
      await drained
      stdin.setRawMode(false)
      stdin.off('data', type)
      stdin.pause()
      stdin.unref()
      stdout.off('resize', resize)
    },
  }
}
