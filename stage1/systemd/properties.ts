import type { ExecLine, UnitProperties } from '../plan/unit-plan.js'

/** How one property is encoded. */
interface Wire<Value> {
  readonly signature: string
  /** Converts the value where its shape on the bus differs. */
  readonly encode?: (value: Value) => unknown
  /**
   * The first systemd release that accepts the property for a transient unit, where it is newer
   * than {@link OLDEST}.
   */
  readonly since?: number
}

/**
 * The oldest supported release. It accepts all properties without `since`; one unknown property
 * would make systemd refuse the whole call.
 */
export const OLDEST = 252

/**
 * The `…Ex` forms have a flag against the expansion of `$`. But systemd 252 writes units made
 * with them in a form that it cannot read back, so they do not survive a daemon-reload. Therefore
 * `$` is written as `$$`.
 */
const execLines = (lines: readonly ExecLine[]): unknown =>
  lines.map(({ path, argv }) => [path, argv.map((word) => word.replaceAll('$', '$$$$')), false])

/** The D-Bus type of each property (org.freedesktop.systemd1(5)). */
const WIRE: { readonly [Name in keyof Required<UnitProperties>]: Wire<NonNullable<UnitProperties[Name]>> } = {
  Description: { signature: 's' },
  CollectMode: { signature: 's' },
  StopWhenUnneeded: { signature: 'b' },
  RefuseManualStart: { signature: 'b' },
  Asserts: {
    signature: 'a(sbbs)',
    encode: (paths) => paths.map((path) => ['AssertPathExists', false, true, path]),
  },
  Wants: { signature: 'as' },
  Requires: { signature: 'as' },
  PartOf: { signature: 'as' },
  BindsTo: { signature: 'as' },
  After: { signature: 'as' },
  OnFailure: { signature: 'as' },
  Slice: { signature: 's' },
  Type: { signature: 's' },
  NotifyAccess: { signature: 's' },
  RestartMode: { signature: 's', since: 254 },
  RestartPreventExitStatus: { signature: '(aiai)', encode: ({ statuses, signals }) => [statuses, signals] },
  KillMode: { signature: 's' },
  TimeoutStartUSec: { signature: 't' },
  TimeoutStopUSec: { signature: 't' },
  TimeoutStopFailureMode: { signature: 's' },
  TasksMax: { signature: 't' },
  LimitCORE: { signature: 't' },
  LimitCORESoft: { signature: 't' },
  IgnoreSIGPIPE: { signature: 'b' },
  ExecStartPre: { signature: 'a(sasb)', encode: execLines },
  ExecStart: { signature: 'a(sasb)', encode: execLines },
  ExecStopPost: { signature: 'a(sasb)', encode: execLines },
  DevicePolicy: { signature: 's' },
  DeviceAllow: { signature: 'a(ss)' },
  StandardOutput: { signature: 's' },
  SyslogIdentifier: { signature: 's' },
  LogRateLimitIntervalUSec: { signature: 't' },
  LogRateLimitBurst: { signature: 'u' },
  LogExtraFields: { signature: 'aay', encode: (fields) => fields.map((field) => Buffer.from(field)) },
  Listen: { signature: 'a(ss)' },
  NetworkNamespacePath: { signature: 's' },
  StartLimitIntervalUSec: { signature: 't' },
  Environment: { signature: 'as' },
  LoadCredential: { signature: 'a(ss)' },
  DynamicUser: { signature: 'b' },
  RootDirectory: { signature: 's' },
  CapabilityBoundingSet: { signature: 't' },
  NoNewPrivileges: { signature: 'b' },
  InaccessiblePaths: { signature: 'as' },
  BindReadOnlyPaths: { signature: 'a(ssbt)' },
  ProtectSystem: { signature: 's' },
  ProtectProc: { signature: 's' },
  ProcSubset: { signature: 's' },
  PrivateDevices: { signature: 'b' },
  ProtectKernelModules: { signature: 'b' },
  ProtectKernelLogs: { signature: 'b' },
  ProtectClock: { signature: 'b' },
  RestrictAddressFamilies: { signature: '(bas)' },
  RestrictNamespaces: { signature: 't' },
  RestrictRealtime: { signature: 'b' },
  LockPersonality: { signature: 'b' },
  SystemCallArchitectures: { signature: 'as' },
  UMask: { signature: 'u' },
  MemoryMax: { signature: 't' },
}

/** One property, encoded for the bus. */
export interface EncodedProperty {
  readonly name: string
  readonly signature: string
  readonly value: unknown
}

/** Encodes properties for the bus; leaves out those newer than `version`. */
export function encodeProperties(properties: UnitProperties, version: number): readonly EncodedProperty[] {
  return entriesOf(properties)
    .filter(([, { since = OLDEST }]) => since <= version)
    .map(([name, { signature, encode }, value]) => ({ name, signature, value: encode ? encode(value) : value }))
}

/** Whether {@link encodeProperties} depends on the version of systemd. */
export const needsVersion = (properties: UnitProperties): boolean =>
  entriesOf(properties).some(([, { since }]) => since !== undefined)

function entriesOf(properties: UnitProperties): readonly [string, Wire<unknown>, unknown][] {
  return Object.entries(properties).map(([name, value]) => [
    name,
    WIRE[name as keyof UnitProperties] as Wire<unknown>,
    value,
  ])
}
