import { constants } from 'node:os'
import { INFINITY, type ExecLine, type UnitPlan, type UnitProperties } from '../../stage1/plan/unit-plan.js'
import { encodeProperties } from '../../stage1/systemd/properties.js'

type Section = 'Unit' | 'Service' | 'Slice' | 'Socket'

/**
 * How a property is written in a unit file: its section (`own`: that of the unit's type) and its
 * lines.
 */
interface Row<Value> {
  readonly section: 'Unit' | 'own'
  readonly lines: (value: Value, all: UnitProperties) => readonly string[]
}

/** Escapes `%`, which begins a specifier everywhere. */
const literal = (text: string): string => text.replaceAll('%', '%%')
const quoted = (word: string): string => `"${literal(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
const yesNo = (value: boolean): string => (value ? 'yes' : 'no')
const number = (value: bigint): string => (value === INFINITY ? 'infinity' : value.toString())
const time = (value: bigint): string => (value === INFINITY ? 'infinity' : `${value}us`)

const text = (key: string, section: Row<string>['section'] = 'own'): Row<string> => ({
  section,
  lines: (value) => [`${key}=${literal(value)}`],
})
const names = (key: string): Row<readonly string[]> => ({
  section: 'Unit',
  lines: (values) => values.map((value) => `${key}=${value}`),
})
const flag = (key: string, section: Row<boolean>['section']): Row<boolean> => ({
  section,
  lines: (value) => [`${key}=${yesNo(value)}`],
})
const list = (key: string): Row<readonly string[]> => ({
  section: 'own',
  lines: (values) => values.map((value) => `${key}=${literal(value)}`),
})
const duration = (key: string): Row<bigint> => ({ section: 'own', lines: (value) => [`${key}=${time(value)}`] })
const commands = (key: string): Row<readonly ExecLine[]> => ({
  section: 'own',
  lines: (values) =>
    values.map(({ path, argv }) => {
      const words = argv.slice(1).map((word) => quoted(word).replaceAll('$', '$$$$'))
      return `${key}=${[literal(path), ...words].join(' ')}`
    }),
})

const signalName = (signal: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === signal)?.[0] ?? String(signal)

/**
 * Every property of org.freedesktop.systemd1(5) that plans use, as systemd.unit(5) and its related
 * pages write it.
 */
const ROWS: { readonly [Name in keyof Required<UnitProperties>]: Row<NonNullable<UnitProperties[Name]>> } = {
  Description: text('Description', 'Unit'),
  CollectMode: text('CollectMode', 'Unit'),
  StopWhenUnneeded: flag('StopWhenUnneeded', 'Unit'),
  RefuseManualStart: flag('RefuseManualStart', 'Unit'),
  Asserts: { section: 'Unit', lines: (paths) => paths.map((path) => `AssertPathExists=!${literal(path)}`) },
  Wants: names('Wants'),
  Requires: names('Requires'),
  PartOf: names('PartOf'),
  BindsTo: names('BindsTo'),
  After: names('After'),
  OnFailure: names('OnFailure'),
  Slice: text('Slice'),
  Type: text('Type'),
  NotifyAccess: text('NotifyAccess'),
  RestartMode: text('RestartMode'),
  RestartPreventExitStatus: {
    section: 'own',
    lines: ({ statuses, signals }) => [
      `RestartPreventExitStatus=${[...statuses, ...signals.map(signalName)].join(' ')}`,
    ],
  },
  KillMode: text('KillMode'),
  TimeoutStartUSec: duration('TimeoutStartSec'),
  TimeoutStopUSec: duration('TimeoutStopSec'),
  TimeoutStopFailureMode: text('TimeoutStopFailureMode'),
  TasksMax: { section: 'own', lines: (value) => [`TasksMax=${number(value)}`] },
  LimitCORE: {
    section: 'own',
    lines: (hard, { LimitCORESoft: soft = hard }) => [`LimitCORE=${number(soft)}:${number(hard)}`],
  },
  // Written with the hard limit.
  LimitCORESoft: { section: 'own', lines: () => [] },
  IgnoreSIGPIPE: flag('IgnoreSIGPIPE', 'own'),
  ExecStartPre: commands('ExecStartPre'),
  ExecStart: commands('ExecStart'),
  ExecStopPost: commands('ExecStopPost'),
  DevicePolicy: text('DevicePolicy'),
  DeviceAllow: { section: 'own', lines: (nodes) => nodes.map(([path, access]) => `DeviceAllow=${path} ${access}`) },
  StandardOutput: text('StandardOutput'),
  SyslogIdentifier: text('SyslogIdentifier'),
  LogRateLimitIntervalUSec: duration('LogRateLimitIntervalSec'),
  LogRateLimitBurst: { section: 'own', lines: (value) => [`LogRateLimitBurst=${value}`] },
  LogExtraFields: { section: 'own', lines: (fields) => fields.map((field) => `LogExtraFields=${quoted(field)}`) },
  Listen: { section: 'own', lines: (addresses) => addresses.map(([kind, address]) => `Listen${kind}=${address}`) },
  NetworkNamespacePath: text('NetworkNamespacePath'),
  StartLimitIntervalUSec: { section: 'Unit', lines: (value) => [`StartLimitIntervalSec=${time(value)}`] },
  Environment: list('Environment'),
  LoadCredential: { section: 'own', lines: (files) => files.map(([name, path]) => `LoadCredential=${name}:${path}`) },
  DynamicUser: flag('DynamicUser', 'own'),
  RootDirectory: text('RootDirectory'),
  CapabilityBoundingSet: { section: 'own', lines: (mask) => (mask === 0n ? ['CapabilityBoundingSet='] : []) },
  NoNewPrivileges: flag('NoNewPrivileges', 'own'),
  InaccessiblePaths: list('InaccessiblePaths'),
  BindReadOnlyPaths: {
    section: 'own',
    lines: (mounts) =>
      mounts.map(([source, target, mayMiss]) => `BindReadOnlyPaths=${mayMiss ? '-' : ''}${source}:${target}`),
  },
  ProtectSystem: text('ProtectSystem'),
  ProtectProc: text('ProtectProc'),
  ProcSubset: text('ProcSubset'),
  PrivateDevices: flag('PrivateDevices', 'own'),
  ProtectKernelModules: flag('ProtectKernelModules', 'own'),
  ProtectKernelLogs: flag('ProtectKernelLogs', 'own'),
  ProtectClock: flag('ProtectClock', 'own'),
  RestrictAddressFamilies: {
    section: 'own',
    lines: ([isAllowList, families]) => [
      `RestrictAddressFamilies=${isAllowList ? families.join(' ') || 'none' : `~${families.join(' ')}`}`,
    ],
  },
  RestrictNamespaces: { section: 'own', lines: (mask) => (mask === 0n ? ['RestrictNamespaces=yes'] : []) },
  RestrictRealtime: flag('RestrictRealtime', 'own'),
  LockPersonality: flag('LockPersonality', 'own'),
  SystemCallArchitectures: list('SystemCallArchitectures'),
  UMask: { section: 'own', lines: (mask) => [`UMask=${mask.toString(8).padStart(4, '0')}`] },
  MemoryMax: { section: 'own', lines: (value) => [`MemoryMax=${number(value)}`] },
}

/** The text of the unit file for a plan, for this version of systemd. */
export function unitFile({ name, properties }: UnitPlan, version: number): string {
  const own: Section = name.endsWith('.slice') ? 'Slice' : name.endsWith('.socket') ? 'Socket' : 'Service'
  const sections = new Map<Section, string[]>([
    ['Unit', []],
    [own, []],
  ])
  for (const { name: property } of encodeProperties(properties, version)) {
    const key = property as keyof UnitProperties
    const row = ROWS[key] as Row<unknown>
    const section = row.section === 'own' ? own : row.section
    sections.get(section)?.push(...row.lines(properties[key], properties))
  }
  return [...sections].map(([section, lines]) => `[${section}]\n${lines.join('\n')}\n`).join('\n')
}
