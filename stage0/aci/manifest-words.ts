import type { Isolator, MountPoint, Port } from '#schema/app.js'
import { RuntimeError } from '#schema/errors.js'
import type { IsolatorName } from '#schema/isolator-table.js'

/** The isolators that `--isolators` can set: those whose values are flat. */
export const SETTABLE = [
  'resource/block-bandwidth',
  'resource/block-iops',
  'resource/cpu',
  'resource/memory',
  'resource/network-bandwidth',
  'os/linux/no-new-privileges',
  'os/linux/oom-score-adj',
] as const satisfies readonly IsolatorName[]

/** The isolators that `--seccomp-mode` can set, by its mode. */
export const SECCOMP_ISOLATORS = {
  retain: 'os/linux/seccomp-retain-set',
  remove: 'os/linux/seccomp-remove-set',
} as const satisfies Record<string, IsolatorName>

/** `NAME,path=P[,readOnly=BOOL]`. Errors: USAGE, as of all below. */
export function mountPointOf(word: string): MountPoint {
  const fail = (why: string): RuntimeError => wrong(`cannot parse mount point ${JSON.stringify(word)}: ${why}`)
  const { name, values } = split(word, ['path', 'readOnly'], 'mountpoint', fail)
  const path = values.get('path')
  if (path === undefined || path === '') throw fail('path must be set')
  const readOnly = values.get('readOnly')
  return { name, path, ...(readOnly !== undefined && { readOnly: truth(readOnly, fail) }) }
}

/** `NAME,protocol=P,port=N[,count=N][,socketActivated=BOOL]`. */
export function portOf(word: string): Port {
  const fail = (why: string): RuntimeError => wrong(`cannot parse port ${JSON.stringify(word)}: ${why}`)
  const { name, values } = split(word, ['protocol', 'port', 'count', 'socketActivated'], 'port', fail)
  const [count, active] = [values.get('count'), values.get('socketActivated')]
  return {
    name,
    protocol: values.get('protocol') ?? '',
    port: whole(values.get('port') ?? '', fail),
    ...(count !== undefined && { count: whole(count, fail) }),
    ...(active !== undefined && { socketActivated: truth(active, fail) }),
  }
}

/** `resource/…,KEY=VALUE…`, `os/linux/no-new-privileges,BOOL` or `os/linux/oom-score-adj,N`. */
export function isolatorOf(word: string): Isolator {
  const fail = (why: string): RuntimeError => wrong(`cannot parse isolator ${JSON.stringify(word)}: ${why}`)
  const [name = '', value, ...more] = word.split(',')
  if (!SETTABLE.some((one) => one === name)) throw wrong(`isolator ${name} is not supported for patching`)
  if (name === 'os/linux/no-new-privileges' || name === 'os/linux/oom-score-adj') {
    if (value === undefined || more.length > 0) throw wrong(`isolator ${name}: invalid format`)
    return { name, value: name === 'os/linux/oom-score-adj' ? whole(value, fail) : truth(value, fail) }
  }
  const { values } = split(word, ['request', 'limit', 'default'], 'isolator', fail)
  const entries = [...values].map(([key, text]) => [key, key === 'default' ? truth(text, fail) : text] as const)
  return { name, value: Object.fromEntries(entries) }
}

/** `retain|remove[,errno=E]` and `CALL,…`. */
export function seccompOf(mode: string, set: string): Isolator {
  let kind = ''
  let errno: string | undefined
  for (const part of mode.split(',')) {
    const [key = '', value, ...more] = part.split('=')
    if (more.length > 0) throw wrong(`cannot parse seccomp-mode argument: ${part}`)
    if (value === undefined) kind = key
    else if (key === 'errno') errno = value
    else throw wrong(`invalid seccomp-mode optional argument: ${part}`)
  }
  if (kind !== 'retain' && kind !== 'remove') throw wrong(`cannot parse seccomp isolator: unknown seccomp mode ${kind}`)
  const value = { set: set.split(','), ...(errno !== undefined && { errno }) }
  return { name: SECCOMP_ISOLATORS[kind], value }
}

type Fail = (why: string) => RuntimeError

function split(
  word: string,
  known: readonly string[],
  what: string,
  fail: Fail,
): { name: string; values: ReadonlyMap<string, string> } {
  const [name = '', ...parts] = word.split(',')
  const values = new Map<string, string>()
  for (const part of parts) {
    const at = part.indexOf('=')
    const key = at < 0 ? part : part.slice(0, at)
    if (at < 0 || !known.includes(key)) throw fail(`unknown ${what} parameter ${JSON.stringify(key)}`)
    if (values.has(key)) throw fail(`${key} is given twice`)
    values.set(key, part.slice(at + 1))
  }
  return { name, values }
}

function truth(text: string, fail: Fail): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw fail(`${JSON.stringify(text)} is neither true nor false`)
}

function whole(text: string, fail: Fail): number {
  if (!/^-?\d{1,15}$/.test(text)) throw fail(`${JSON.stringify(text)} is not a whole number`)
  return Number(text)
}

const wrong = (message: string): RuntimeError => new RuntimeError('USAGE', message)
