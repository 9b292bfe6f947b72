import { spawn } from 'node:child_process'
import { journal } from './systemd.js'

/** What a pod wrote, one entry of the journal. */
export interface Entry {
  /** One character per byte. */
  readonly message: string
  /** Absent where a newline ended the line. */
  readonly lineBreak: string | undefined
  readonly fields: Readonly<Record<string, unknown>>
}

/** The entries of what the apps of a pod wrote, oldest first. journald has taken in all that it was sent until now. */
export function entriesOf(uuid: string): readonly Entry[] {
  return journal(...matchesOf(uuid)).map((fields) => {
    // an array of bytes where it is no UTF-8
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

/** Settles when the text of an entry of the pod ends with `text`. */
export async function journalShows(uuid: string, text: string): Promise<void> {
  const child = spawn('journalctl', ['--follow', '--lines=all', '--quiet', '--all', '--output=cat', ...matchesOf(uuid)])
  let shown = ''
  for await (const piece of child.stdout) {
    shown = (shown + String(piece)).slice(-4096)
    if (shown.includes(`${text}\n`)) break
  }
  child.kill()
}
