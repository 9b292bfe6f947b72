import { spawn } from 'node:child_process'
import { journal } from './systemd.js'

/** One journal entry of a pod's output. */
export interface Entry {
  /** One character per byte. */
  readonly message: string
  /** Absent if a newline ended the line. */
  readonly lineBreak: string | undefined
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * The entries of a pod's apps, oldest first, including everything that was sent to journald until
 * now.
 */
export function entriesOf(uuid: string): readonly Entry[] {
  return journal(...matchesOf(uuid)).map((fields) => {
    // An array of bytes if it is not UTF-8.
    const message: unknown = fields['MESSAGE']
    return {
      message: Array.isArray(message) ? String.fromCharCode(...(message as number[])) : String(message),
      lineBreak: fields['APPC_LINE_BREAK'],
      fields,
    }
  })
}

const matchesOf = (uuid: string): readonly string[] => [
  `APPC_POD_UUID=${uuid}`,
  '_UID=0',
  'APPC_STREAM=stdout',
  'APPC_STREAM=stderr',
]

/** Settles when the text of one of the pod's entries ends with `text`. */
export async function journalShows(uuid: string, text: string): Promise<void> {
  const child = spawn('journalctl', ['--follow', '--lines=all', '--quiet', '--all', '--output=cat', ...matchesOf(uuid)])
  let shown = ''
  for await (const piece of child.stdout) {
    shown = (shown + String(piece)).slice(-4096)
    if (shown.includes(`${text}\n`)) break
  }
  child.kill()
}
