import { existsSync } from 'node:fs'
import { native } from '#native'
import { isErrno, messageOf } from '#schema/errors.js'
import { warn } from '../report.js'

/**
 * Asks journald to take in all that was written to it so far. Over Varlink, which is what journalctl --sync does, less the
 * process; that is the way out where the socket is not there. Never rejects: what it fails to do is told.
 */
export async function synchronizeJournal(): Promise<void> {
  try {
    await native.synchronizeJournal().catch((error: unknown) => {
      if (!isErrno(error, 'ENOENT')) throw error
      return byJournalctl()
    })
  } catch (error) {
    warn(`journal: the last lines may be missing: ${messageOf(error)}`)
  }
}

async function byJournalctl(): Promise<void> {
  const program = ['/usr/bin/journalctl', '/bin/journalctl'].find((path) => existsSync(path))
  if (program === undefined) throw new Error('journalctl: not found on this host')
  const { spawn } = await import('node:child_process')
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, ['--sync'], { stdio: 'ignore' })
    child.once('error', reject)
    child.once('close', (status) => {
      if (status === 0) resolve()
      else reject(new Error(`journalctl --sync: exit status ${status ?? 'unknown'}`))
    })
  })
}
