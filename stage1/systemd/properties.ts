import type { ExecLine, UnitProperties } from '../plan/unit-plan.js'

/** How one property travels. */
interface Wire<Value> {
  readonly signature: string
  /** Where the value's shape on the bus is another. */
  readonly encode?: (value: Value) => unknown
  /** The first systemd release that takes it for a transient unit, where that is younger than {@link OLDEST}. */
  readonly since?: number
}

/** One unknown property fails a whole call; everything without `since` in the table is known to this release. */
export const OLDEST = 252

/**
 * The `…Ex` forms have a flag against expansion of `$`, but a unit made with them by systemd 252 does not survive a
 * daemon-reload: it is written down in a way that cannot be read. So `$$` it is.
 */
const execLines = (lines: readonly ExecLine[]): unknown =>
  lines.map(({ path, argv }) => [path, argv.map((word) => word.replaceAll('$', '$$$$')), false])

/** Each property's D-Bus type (org.freedesktop.systemd1(5)). */
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
  LogRateLimitIntervalUSec: { signature: 't' },
  LogRateLimitBurst: { signature: 'u' },
  LogExtraFields: { signature: 'aay', encode: (fields) => fields.map((field) => Buffer.from(field)) },
}

/** One property, ready for the bus. */
export interface EncodedProperty {
  readonly name: string
  readonly signature: string
  readonly value: unknown
}

/** Puts properties into the order and shape of the bus; those younger than `version` are left out. */
export function encodeProperties(properties: UnitProperties, version: number): readonly EncodedProperty[] {
  return entriesOf(properties)
    .filter(([, { since = OLDEST }]) => since <= version)
    .map(([name, { signature, encode }, value]) => ({ name, signature, value: encode ? encode(value) : value }))
}

/** Tells whether the version of systemd must be asked before {@link encodeProperties}. */
export const needsVersion = (properties: UnitProperties): boolean =>
  entriesOf(properties).some(([, { since }]) => since !== undefined)

function entriesOf(properties: UnitProperties): readonly [string, Wire<unknown>, unknown][] {
  return Object.entries(properties).map(([name, value]) => [
    name,
    WIRE[name as keyof UnitProperties] as Wire<unknown>,
    value,
  ])
}
