import { spawn } from 'node:child_process'
import { createConnection } from 'node:net'

const JOURNALD = '/run/systemd/journal/io.systemd.journal'
const REQUEST = `${JSON.stringify({ method: 'io.systemd.Journal.Synchronize' })}\0`

/**
 * Asks journald to take in all that was written to it so far. Over Varlink, which is what journalctl --sync does, less the
 * process; that is the way out where the socket is not there.
 */
export async function synchronizeJournal(): Promise<void> {
  try {
    await overVarlink()
  } catch {
    await new Promise<void>((resolve) => {
      const child = spawn('journalctl', ['--sync'], { stdio: 'ignore' })
      child.once('error', () => resolve())
      child.once('close', () => resolve())
    })
  }
}

function overVarlink(): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection(JOURNALD)
    socket.setEncoding('utf8')
    socket.once('connect', () => socket.write(REQUEST))
    socket.once('error', reject)
    socket.on('data', (piece: string) => {
      answer += piece
      if (!answer.includes('\0')) return
      socket.destroy()
      if (answer.includes('"error"')) reject(new Error(answer))
      else resolve()
    })
    socket.once('end', () => reject(new Error('journald hung up')))
  })
}
