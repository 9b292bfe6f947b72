import { exitStatus, NOT_RUN } from '#schema/exit-status.js'
import type { AppExit } from '#schema/status.js'

/** One app and how it ended; `exit` is undefined where no record says how. */
export interface Ending {
  readonly app: string
  readonly exit: AppExit | undefined
}

const NEVER = 2n ** 64n

/** The app that failed first. An app whose end is not known comes last. */
export function firstFailure(endings: readonly Ending[]): Ending | undefined {
  const moment = ({ exit }: Ending) => (exit === undefined ? NEVER : BigInt(exit.monotonic))
  return endings
    .filter(({ exit }) => exit === undefined || exitStatus(exit) !== 0)
    .sort((a, b) => (moment(a) < moment(b) ? -1 : 1))[0]
}

/**
 * The exit status of a pod, given the app that failed first. An unknown end counts as a failure.
 */
export function podStatus(first: Ending | undefined): number {
  if (first === undefined) return 0
  return first.exit === undefined ? NOT_RUN : exitStatus(first.exit)
}
