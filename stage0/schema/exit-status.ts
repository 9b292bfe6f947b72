import { signalName, signalNumber } from './signal-number.js'
import type { AppExit } from './status.js'

/** The exit status of an app that never ran, and of one whose end is unknown: a failure of appc. */
export const NOT_RUN = 254

/**
 * The exit status of an app, as `run` returns it and `status` shows it: the program's own, or 128
 * plus the number of the signal that ended it. If the program never ran: the pre-start handler's
 * status, or {@link NOT_RUN}.
 */
export function exitStatus({ code, status, preStart, result }: AppExit): number {
  if (preStart !== undefined) return preStart
  if (code === null || status === null) return result === 'success' ? 0 : NOT_RUN
  if (code === 'exited') return typeof status === 'number' ? status : NOT_RUN
  const signal = signalNumber(status)
  return signal === null ? NOT_RUN : 128 + signal
}

/** The signal that ended an app: `SIGTERM`, `SIGRTMIN+3`; null if none did. */
export function exitSignal({ code, status }: AppExit): string | null {
  return (code === 'killed' || code === 'dumped') && status !== null ? signalName(status) : null
}
