import { renameSync, writeFileSync } from 'node:fs'
import { POD_DIR } from '#schema/pod-dir.js'
import type { RunSpec } from '#schema/run-spec.js'
import type { AppExit } from '#schema/status.js'
import { appUnit } from '#schema/unit-name.js'
import type { Ending } from './exit-status.js'
import { hasStarted, readExit } from './pod-directory.js'
import type { MainExit } from './systemd/unit-watch.js'

/** The codes of waitid(2) by their numbers. */
const CODES: Readonly<Record<number, 'exited' | 'killed' | 'dumped' | undefined>> = {
  1: 'exited',
  2: 'killed',
  3: 'dumped',
}

/**
 * How the apps of the current directory's pod ended: by their records, or where one is missing, because what writes it was killed or the disk
 * took nothing, by what systemd told meanwhile. That becomes the record then, if it can.
 */
export function endingsOf({ id, apps }: RunSpec, mainExit: (unit: string) => MainExit | undefined): readonly Ending[] {
  return apps.map(({ name }) => {
    const recorded = readExit(name)
    const told = recorded === undefined && hasStarted(name) ? mainExit(appUnit(id, name)) : undefined
    const exit = told && exitOf(told)
    if (exit !== undefined) record(name, exit)
    return { app: name, exit: recorded ?? exit }
  })
}

/** The record that the in-pod program would have written, a moment ago. */
function exitOf({ code, status, result }: MainExit): AppExit | undefined {
  const word = CODES[code]
  if (word === undefined) return undefined
  const [finishedAt, monotonic] = [String(BigInt(Date.now()) * 1_000_000n), String(process.hrtime.bigint())]
  return { code: word, status, result, finishedAt, monotonic }
}

function record(app: string, exit: AppExit): void {
  try {
    writeFileSync(POD_DIR.exitedDraft(app), `${JSON.stringify(exit)}\n`, { mode: 0o600 })
    renameSync(POD_DIR.exitedDraft(app), POD_DIR.exited(app))
  } catch {
    // whoever asks later is told that it is not known
  }
}
