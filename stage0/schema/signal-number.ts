/** The signals of Linux by their numbers, as systemd names them: without `SIG`. */
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

/** A signal as kill(1) takes it: `SIGTERM`, `SIGRTMIN+3`; one that has no name by its number. Takes what {@link signalNumber} takes. */
export function signalName(signal: string | number): string {
  if (typeof signal === 'string') return `SIG${signal}`
  if (signal >= RTMIN) return `SIGRTMIN+${signal - RTMIN}`
  const known = NAMES[signal - 1]
  return known === undefined ? String(signal) : `SIG${known}`
}

/** The number of a signal as systemd names it: `TERM`, `RTMIN+3`; those between have only a number. Null for what is no signal. */
export function signalNumber(name: string | number): number | null {
  if (typeof name === 'number') return Number.isInteger(name) && name >= 1 && name <= RTMAX ? name : null
  const known = NAMES.indexOf(name) + 1
  if (known > 0) return known
  const realTime = /^RTMIN(?:\+(\d{1,2}))?$/.exec(name)
  return realTime === null ? null : signalNumber(RTMIN + Number(realTime[1] ?? 0))
}
