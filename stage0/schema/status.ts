/** How one app ended, as ExecStopPost of its unit tells (`$EXIT_CODE`, `$EXIT_STATUS`, `$SERVICE_RESULT`, systemd.exec(5)). */
export interface AppExit {
  /** `exited`, `killed`, `dumped`; null where the main process never ran (a pre-start handler failed, or set-up did). */
  readonly code: 'exited' | 'killed' | 'dumped' | null
  /** Exit status as a number, or the signal's name without `SIG` (its number, where systemd has no name for it); null with `code`. */
  readonly status: number | string | null
  /** systemd's word for the result: `success`, `exit-code`, `signal`, `timeout`, … */
  readonly result: string
  /** When the main process ended: nanoseconds since the epoch, decimal. */
  readonly finishedAt: string
  /** The same on CLOCK_MONOTONIC: gives the order of ends within one boot. */
  readonly monotonic: string
  /** Exit status of the pre-start handler that failed, where one did. */
  readonly preStart?: number
}
