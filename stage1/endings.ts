import { renameSync, writeFileSync } from 'node:fs'
import { POD_DIR } from '#schema/pod-dir.js'
import type { RunSpec } from '#schema/run-spec.js'
import type { AppExit } from '#schema/status.js'
import { appUnit } from '#schema/unit-name.js'
import type { Ending } from './exit-status.js'
import { hasStarted, readExit } from './pod-directory.js'
import type { MainExit } from './systemd/unit-watch.js'

/** The codes of waitid(2). */
const CODES: Readonly<Record<number, 'exited' | 'killed' | 'dumped' | undefined>> = {
  1: 'exited',
  2: 'killed',
  3: 'dumped',
}

/**
 * How the apps of the current directory's pod ended, by their exit records. A record is
 * missing where the program that writes it was killed or the disk was full: then by what systemd
 * reported meanwhile, which becomes the record if it can be written.
 */
export function endingsOf({ id, apps }: RunSpec, mainExit: (unit: string) => MainExit | undefined): readonly Ending[] {
  return apps.map(({ name }) => {
    const recorded = readExit(name)
    const reported = recorded === undefined && hasStarted(name) ? mainExit(appUnit(id, name)) : undefined
    const exit = reported && exitOf(reported)
    if (exit !== undefined) writeRecord(name, exit)
    return { app: name, exit: recorded ?? exit }
  })
}

/** The record that the in-pod program would have written a moment ago. */
function exitOf({ code, status, result }: MainExit): AppExit | undefined {
  const codeName = CODES[code]
  if (codeName === undefined) return undefined
  const [finishedAt, monotonic] = [String(BigInt(Date.now()) * 1_000_000n), String(process.hrtime.bigint())]
  return { code: codeName, status, result, finishedAt, monotonic }
}

function writeRecord(app: string, exit: AppExit): void {
  try {
    writeFileSync(POD_DIR.exitedDraft(app), `${JSON.stringify(exit)}\n`, { mode: 0o600 })
    renameSync(POD_DIR.exitedDraft(app), POD_DIR.exited(app))
  } catch {
    // Later readers report that the end is not known.
  }
}
