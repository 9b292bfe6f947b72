import { execFileSync, spawn } from 'node:child_process'

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
  execFileSync('journalctl', ['--sync'])
  const matches = [`APPC_POD_UUID=${uuid}`, '_UID=0', 'APPC_STREAM=stdout', 'APPC_STREAM=stderr']
  const text = execFileSync('journalctl', ['--quiet', '--all', '--output=json', ...matches], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const fields = JSON.parse(line) as Record<string, unknown>
      const { MESSAGE: message, APPC_LINE_BREAK: lineBreak } = fields
      return {
        message: Array.isArray(message) ? String.fromCharCode(...(message as number[])) : String(message),
        lineBreak: lineBreak as string | undefined,
        fields,
      }
    })
}

/** Settles when the text of an entry of the pod ends with `text`. */
export async function journalShows(uuid: string, text: string): Promise<void> {
  const matches = [`APPC_POD_UUID=${uuid}`, '_UID=0', 'APPC_STREAM=stdout', 'APPC_STREAM=stderr']
  const child = spawn('journalctl', ['--follow', '--lines=all', '--quiet', '--all', '--output=cat', ...matches])
  let shown = ''
  for await (const piece of child.stdout) {
    shown = (shown + String(piece)).slice(-4096)
    if (shown.includes(`${text}\n`)) break
  }
  child.kill()
}
