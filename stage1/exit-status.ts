import { constants } from 'node:os'
import type { AppExit } from '#schema/status.js'

/** One app and how it ended; nothing where it never began. */
export interface Ending {
  readonly app: string
  readonly exit: AppExit | undefined
}

const FAILED_SETUP = 254
const NEVER = 2n ** 64n
const SIGNALS: Readonly<Record<string, number | undefined>> = constants.signals

/** The exit status a shell would give: the program's own, or 128 and the signal's number. 254 where it never ran. */
export function statusOf({ code, status, preStart, result }: AppExit): number {
  if (preStart !== undefined) return preStart
  if (typeof status === 'number') return status
  if (code === null || status === null) return result === 'success' ? 0 : FAILED_SETUP
  return 128 + (SIGNALS[`SIG${status}`] ?? 0)
}

/** The app that failed first; one of which nothing is known comes last: it never ran. */
export function firstFailure(endings: readonly Ending[]): Ending | undefined {
  const moment = ({ exit }: Ending) => (exit === undefined ? NEVER : BigInt(exit.monotonic))
  return endings
    .filter(({ exit }) => exit === undefined || statusOf(exit) !== 0)
    .sort((a, b) => (moment(a) < moment(b) ? -1 : 1))[0]
}

/** The exit status of a pod, given the app that failed first. */
export const podStatus = (first: Ending | undefined): number => (first?.exit === undefined ? 0 : statusOf(first.exit))
