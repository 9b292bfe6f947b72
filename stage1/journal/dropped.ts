import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { warn } from '../report.js'
import type { LineCount } from './line-count.js'

/** What journald writes when it has dropped lines of a unit and takes the next one (SD_MESSAGE_JOURNAL_DROPPED). */
const DROPPED = 'a596d6fe7bfa4994828e72309e95d61e'

const LIFT = '(--log-rate-limit=none lifts it)'

/**
 * Warns of lines that journald's rate limit kept out of the journal. journald tells of them only with the next line that it takes
 * of the same unit: of the last ones nothing is known but that the limit was reached.
 */
export async function warnOfDropped(count: LineCount, units: readonly string[]): Promise<void> {
  const dropped = await droppedSince(count.begin, units)
  for (const [unit, lines] of dropped) {
    warn(`journal: ${lines} lines of ${unit} were dropped by journald's rate limit ${LIFT}`)
  }
  if (dropped.size > 0 || !count.reachedLimit) return
  const { burst, interval } = count.limit
  warn(
    `journal: ${burst} lines or more came within ${interval / 1000} s: journald's rate limit may have dropped others ${LIFT}`,
  )
}

/** How many lines of each unit journald says it dropped; nothing where it cannot be asked. */
async function droppedSince(begin: number, units: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const dropped = new Map<string, number>()
  const program = ['/usr/bin/journalctl', '/bin/journalctl'].find((path) => existsSync(path))
  if (program === undefined) return dropped
  const words = [
    '--quiet',
    '--output=json',
    '--output-fields=N_DROPPED,OBJECT_SYSTEMD_UNIT',
    `--since=@${(begin / 1000).toFixed(3)}`,
    `MESSAGE_ID=${DROPPED}`,
    ...units.map((unit) => `OBJECT_SYSTEMD_UNIT=${unit}`),
  ]
  const text = await new Promise<string>((resolve) => {
    execFile(program, words, (failed, stdout) => resolve(failed ? '' : stdout))
  })
  for (const line of text.split('\n').filter(Boolean)) {
    const { N_DROPPED: lines, OBJECT_SYSTEMD_UNIT: unit } = JSON.parse(line) as Record<string, string | undefined>
    if (unit !== undefined) dropped.set(unit, (dropped.get(unit) ?? 0) + Number(lines))
  }
  return dropped
}
