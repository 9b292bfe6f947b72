/**
 * How one app ended, from the environment of its unit's ExecStopPost (`$EXIT_CODE`, `$EXIT_STATUS`,
 * `$SERVICE_RESULT`; systemd.exec(5)).
 */
export interface AppExit {
  /** Null if the main process never ran (a pre-start handler or the set-up failed). */
  readonly code: 'exited' | 'killed' | 'dumped' | null
  /**
   * The exit status as a number, or the signal's name without `SIG` (its number, if systemd has no
   * name for it); null if `code` is null.
   */
  readonly status: number | string | null
  /** systemd's result: `success`, `exit-code`, `signal`, `timeout`, … */
  readonly result: string
  /** When the main process ended: nanoseconds since the epoch, decimal. */
  readonly finishedAt: string
  /** The same time on CLOCK_MONOTONIC, which gives the order of ends within one boot. */
  readonly monotonic: string
  /** Exit status of the pre-start handler, if it failed. */
  readonly preStart?: number
}
