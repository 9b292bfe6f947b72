/** The signals of Linux in the order of their numbers, with systemd's names (without `SIG`). */
const NAMES = [
  ...[
    'HUP',
    'INT',
    'QUIT',
    'ILL',
    'TRAP',
    'ABRT',
    'BUS',
    'FPE',
    'KILL',
    'USR1',
    'SEGV',
    'USR2',
    'PIPE',
    'ALRM',
    'TERM',
  ],
  ...['STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO'],
  ...['PWR', 'SYS'],
]

/** The first real-time signal that the C library leaves to programs. */
const RTMIN = 34
const RTMAX = 64

/**
 * The name of a signal for kill(1): `SIGTERM`, `SIGRTMIN+3`; its number if it has no name. Accepts
 * the same values as {@link signalNumber}.
 */
export function signalName(signal: string | number): string {
  if (typeof signal === 'string') return `SIG${signal}`
  if (signal >= RTMIN) return `SIGRTMIN+${signal - RTMIN}`
  const name = NAMES[signal - 1]
  return name === undefined ? String(signal) : `SIG${name}`
}

/**
 * The number of a signal with systemd's name: `TERM`, `RTMIN+3`. Signals between the two groups
 * have only a number. Null if `name` is no signal.
 */
export function signalNumber(name: string | number): number | null {
  if (typeof name === 'number') return Number.isInteger(name) && name >= 1 && name <= RTMAX ? name : null
  const number = NAMES.indexOf(name) + 1
  if (number > 0) return number
  const realTime = /^RTMIN(?:\+(\d{1,2}))?$/.exec(name)
  return realTime === null ? null : signalNumber(RTMIN + Number(realTime[1] ?? 0))
}
