/** Infinite time (USEC_INFINITY of systemd). */
export const INFINITY = 2n ** 64n - 1n

/** One command of a unit. No character of its arguments has a special meaning. */
export interface ExecLine {
  readonly path: string
  readonly argv: readonly string[]
}

/**
 * Properties of units as org.freedesktop.systemd1(5) names them; times in µs.
 * systemd/properties.ts defines their encoding.
 */
export interface UnitProperties {
  readonly Description?: string
  readonly CollectMode?: 'inactive' | 'inactive-or-failed'
  readonly StopWhenUnneeded?: boolean
  readonly RefuseManualStart?: boolean
  /** Paths that must not exist when the unit is started. */
  readonly Asserts?: readonly string[]
  readonly Wants?: readonly string[]
  readonly BindsTo?: readonly string[]
  readonly After?: readonly string[]
  readonly OnFailure?: readonly string[]
  readonly Slice?: string
  readonly Type?: 'simple' | 'notify'
  readonly NotifyAccess?: 'all'
  /**
   * For drop-ins with Restart=: restarts without a failed state in between, which would start
   * OnFailure=.
   */
  readonly RestartMode?: 'direct'
  /** The exit statuses and signals after which no Restart= of a drop-in restarts the unit. */
  readonly RestartPreventExitStatus?: { readonly statuses: readonly number[]; readonly signals: readonly number[] }
  readonly KillMode?: 'mixed' | 'control-group'
  readonly TimeoutStartUSec?: bigint
  /** The time for each phase of a stop: SIGTERM, and each command of ExecStopPost. */
  readonly TimeoutStopUSec?: bigint
  readonly TimeoutStopFailureMode?: 'kill'
  readonly TasksMax?: bigint
  readonly LimitCORE?: bigint
  readonly LimitCORESoft?: bigint
  readonly IgnoreSIGPIPE?: boolean
  readonly ExecStartPre?: readonly ExecLine[]
  readonly ExecStart?: readonly ExecLine[]
  readonly ExecStopPost?: readonly ExecLine[]
  readonly DevicePolicy?: 'closed'
  /** The path of the device node and the allowed access: `r`, `rw`. */
  readonly DeviceAllow?: readonly (readonly [string, string])[]
  readonly StandardOutput?: 'null'
  readonly LogRateLimitIntervalUSec?: bigint
  readonly LogRateLimitBurst?: number
  /** `FIELD=value`. */
  readonly LogExtraFields?: readonly string[]
}

/** A unit that is about to be created. */
export interface UnitPlan {
  readonly name: string
  readonly properties: UnitProperties
}

/** Units that are created together: `main` is started and pulls in the others. */
export interface StartOrder {
  readonly main: UnitPlan
  readonly others: readonly UnitPlan[]
}
