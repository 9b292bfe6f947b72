import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { POD_DIR } from '#schema/pod-dir.js'
import { unwritable } from '#schema/unwritable.js'
import type { Plan } from './plan/plan.js'
import { filterProgram } from './seccomp-cache.js'

/** Longer than the longest exit record, so that the file system reserves a block for the record. */
const ROOM_FOR_RECORD = Buffer.alloc(1024, ' ')

/**
 * Writes a plan's files into the current directory, and makes the directories of `empty` volumes
 * (P6). Errors: POD_START_FAILED where a file cannot be written.
 */
export function writePlan(plan: Plan): void {
  try {
    write(plan)
  } catch (cause) {
    throw unwritable(process.cwd(), cause)
  }
}

function write({ pod, apps, filters, directories, metadata }: Plan): void {
  mkdirSync('stage1/apps', { recursive: true, mode: 0o700 })
  mkdirSync(POD_DIR.status, { recursive: true, mode: 0o700 })
  for (const { source, made } of directories) {
    mkdirSync(source, { recursive: true })
    if (made === undefined) continue
    chownSync(source, made.uid, made.gid)
    chmodSync(source, made.mode)
  }
  writeFileSync(POD_DIR.podPlan, JSON.stringify(pod))
  for (const app of apps) {
    writeFileSync(POD_DIR.appPlan(app.name), JSON.stringify(app))
    writeFileSync(POD_DIR.exitedDraft(app.name), ROOM_FOR_RECORD, { mode: 0o600 })
  }
  if (metadata !== undefined) {
    // The user of the service reads it; nobody else enters the pod directory.
    writeFileSync(POD_DIR.metadata, JSON.stringify(metadata.facts), { mode: 0o644 })
    writeFileSync(POD_DIR.metadataToken, metadata.token, { mode: 0o600 })
    mkdirSync(POD_DIR.metadataRoot, { recursive: true, mode: 0o755 })
  }
  for (const [app, filter] of filters) writeFileSync(POD_DIR.seccomp(app), filterProgram(filter))
}
