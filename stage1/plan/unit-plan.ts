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
  readonly Requires?: readonly string[]
  readonly PartOf?: readonly string[]
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
  readonly StandardOutput?: 'null' | 'journal'
  readonly SyslogIdentifier?: string
  readonly LogRateLimitIntervalUSec?: bigint
  readonly LogRateLimitBurst?: number
  /** `FIELD=value`. */
  readonly LogExtraFields?: readonly string[]
  /** Of a socket: its kind and its address. */
  readonly Listen?: readonly (readonly ['Stream', string])[]
  readonly NetworkNamespacePath?: string
  /** 0: systemd starts the unit however often it fails. */
  readonly StartLimitIntervalUSec?: bigint
  /** `NAME=value`. */
  readonly Environment?: readonly string[]
  /** The names of credentials, and the files that hold them. */
  readonly LoadCredential?: readonly (readonly [string, string])[]
  readonly DynamicUser?: boolean
  /** A mask of capabilities(7); 0: none. */
  readonly CapabilityBoundingSet?: bigint
  readonly NoNewPrivileges?: boolean
  /** With `-` before a path that may be missing. */
  readonly InaccessiblePaths?: readonly string[]
  /** The source, the target, whether the source may be missing, and flags of mount(2). */
  readonly BindReadOnlyPaths?: readonly (readonly [string, string, boolean, bigint])[]
  readonly ProtectSystem?: 'strict'
  readonly RootDirectory?: string
  readonly ProcSubset?: 'pid'
  readonly ProtectProc?: 'invisible'
  readonly PrivateDevices?: boolean
  readonly ProtectKernelModules?: boolean
  readonly ProtectKernelLogs?: boolean
  readonly ProtectClock?: boolean
  /** Whether the list is that of the allowed families, and the list. */
  readonly RestrictAddressFamilies?: readonly [boolean, readonly string[]]
  /** A mask of the namespaces that remain allowed (clone(2)). */
  readonly RestrictNamespaces?: bigint
  readonly RestrictRealtime?: boolean
  readonly LockPersonality?: boolean
  readonly SystemCallArchitectures?: readonly string[]
  readonly UMask?: number
  readonly MemoryMax?: bigint
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
