import type { Isolator, MountPoint, Port } from '#schema/app.js'
import { RuntimeError } from '#schema/errors.js'
import type { IsolatorName } from '#schema/isolator-table.js'

/** The isolators that `--isolators` can set: those whose values have no nested objects. */
export const SETTABLE = [
  'resource/block-bandwidth',
  'resource/block-iops',
  'resource/cpu',
  'resource/memory',
  'resource/network-bandwidth',
  'os/linux/no-new-privileges',
  'os/linux/oom-score-adj',
] as const satisfies readonly IsolatorName[]

/** The isolators that `--seccomp-mode` can set, by mode. */
export const SECCOMP_ISOLATORS = {
  retain: 'os/linux/seccomp-retain-set',
  remove: 'os/linux/seccomp-remove-set',
} as const satisfies Record<string, IsolatorName>

/** Parses `NAME,path=P[,readOnly=BOOL]`. Errors: USAGE. */
export function mountPointOf(word: string): MountPoint {
  const fail = (why: string): RuntimeError => usageError(`cannot parse mount point ${JSON.stringify(word)}: ${why}`)
  const { name, values } = split(word, ['path', 'readOnly'], 'mountpoint', fail)
  const path = values.get('path')
  if (path === undefined || path === '') throw fail('path must be set')
  const readOnly = values.get('readOnly')
  return { name, path, ...(readOnly !== undefined && { readOnly: parseBoolean(readOnly, fail) }) }
}

/** Parses `NAME,protocol=P,port=N[,count=N][,socketActivated=BOOL]`. Errors: USAGE. */
export function portOf(word: string): Port {
  const fail = (why: string): RuntimeError => usageError(`cannot parse port ${JSON.stringify(word)}: ${why}`)
  const { name, values } = split(word, ['protocol', 'port', 'count', 'socketActivated'], 'port', fail)
  const [count, active] = [values.get('count'), values.get('socketActivated')]
  return {
    name,
    protocol: values.get('protocol') ?? '',
    port: parseInteger(values.get('port') ?? '', fail),
    ...(count !== undefined && { count: parseInteger(count, fail) }),
    ...(active !== undefined && { socketActivated: parseBoolean(active, fail) }),
  }
}

/**
 * Parses `resource/…,KEY=VALUE…`, `os/linux/no-new-privileges,BOOL` or `os/linux/oom-score-adj,N`.
 * Errors: USAGE.
 */
export function isolatorOf(word: string): Isolator {
  const fail = (why: string): RuntimeError => usageError(`cannot parse isolator ${JSON.stringify(word)}: ${why}`)
  const [name = '', value, ...more] = word.split(',')
  if (!SETTABLE.some((settable) => settable === name))
    throw usageError(`isolator ${name} is not supported for patching`)
  if (name === 'os/linux/no-new-privileges' || name === 'os/linux/oom-score-adj') {
    if (value === undefined || more.length > 0) throw usageError(`isolator ${name}: invalid format`)
    return { name, value: name === 'os/linux/oom-score-adj' ? parseInteger(value, fail) : parseBoolean(value, fail) }
  }
  const { values } = split(word, ['request', 'limit', 'default'], 'isolator', fail)
  const entries = [...values].map(([key, text]) => [key, key === 'default' ? parseBoolean(text, fail) : text] as const)
  return { name, value: Object.fromEntries(entries) }
}

/** Parses the mode `retain|remove[,errno=E]` and the set `CALL,…`. Errors: USAGE. */
export function seccompOf(mode: string, set: string): Isolator {
  let kind = ''
  let errno: string | undefined
  for (const part of mode.split(',')) {
    const [key = '', value, ...more] = part.split('=')
    if (more.length > 0) throw usageError(`cannot parse seccomp-mode argument: ${part}`)
    if (value === undefined) kind = key
    else if (key === 'errno') errno = value
    else throw usageError(`invalid seccomp-mode optional argument: ${part}`)
  }
  if (kind !== 'retain' && kind !== 'remove')
    throw usageError(`cannot parse seccomp isolator: unknown seccomp mode ${kind}`)
  const value = { set: set.split(','), ...(errno !== undefined && { errno }) }
  return { name: SECCOMP_ISOLATORS[kind], value }
}

type Fail = (problem: string) => RuntimeError

function split(
  word: string,
  knownKeys: readonly string[],
  kind: string,
  fail: Fail,
): { name: string; values: ReadonlyMap<string, string> } {
  const [name = '', ...parts] = word.split(',')
  const values = new Map<string, string>()
  for (const part of parts) {
    const at = part.indexOf('=')
    const key = at < 0 ? part : part.slice(0, at)
    if (at < 0 || !knownKeys.includes(key)) throw fail(`unknown ${kind} parameter ${JSON.stringify(key)}`)
    if (values.has(key)) throw fail(`${key} is given twice`)
    values.set(key, part.slice(at + 1))
  }
  return { name, values }
}

function parseBoolean(text: string, fail: Fail): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw fail(`${JSON.stringify(text)} is neither true nor false`)
}

function parseInteger(text: string, fail: Fail): number {
  if (!/^-?\d{1,15}$/.test(text)) throw fail(`${JSON.stringify(text)} is not a whole number`)
  return Number(text)
}

const usageError = (message: string): RuntimeError => new RuntimeError('USAGE', message)
