import { readFileSync } from 'node:fs'
import { RuntimeError, isErrno, plainReason } from '#schema/errors.js'
import type { NetworkResult } from './result.js'

const HOST = '/etc/resolv.conf'

/** systemd-resolved writes the servers here that it asks itself (systemd-resolved.service(8)). */
const RESOLVED = '/run/systemd/resolve/resolv.conf'

/** The host's resolv.conf(5), as it is; undefined where it has none. Errors: FILE_UNREADABLE. */
export const hostResolvConf = (): string | undefined => readText(HOST)

/**
 * The resolv.conf(5) of a pod with a network of its own: what the first of its networks says that
 * names a server, else the host's. A server on the host's loopback is not the pod's: there,
 * systemd-resolved's own servers take its place, and any other is left out. undefined where no
 * server is left. Errors: FILE_UNREADABLE.
 */
export function podResolvConf(
  results: readonly NetworkResult[],
  read: (path: string) => string | undefined = readText,
) {
  const result = results.find(({ nameservers }) => nameservers.length > 0)
  if (result !== undefined) return textOf(result)
  const own = reachable(read(HOST))
  return own ?? reachable(read(RESOLVED))
}

const SERVER = /^\s*nameserver\s+(\S+)/

/** The text without servers on loopback; undefined where it names no other. */
function reachable(text: string | undefined): string | undefined {
  const lines = text?.split('\n').filter((line) => !isLoopback(SERVER.exec(line)?.[1])) ?? []
  return lines.some((line) => SERVER.test(line)) ? lines.join('\n') : undefined
}

const isLoopback = (server: string | undefined): boolean =>
  server !== undefined && (server.startsWith('127.') || server === '::1')

function textOf({ nameservers, domain, search, options }: NetworkResult): string {
  const lines = [
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    ...(domain === undefined ? [] : [`domain ${domain}`]),
  ]
  // A plugin is a program of the administrator; a line break in a word of its would still be a line
  // of its own.
  return `${lines.filter((line) => !/\p{Cc}/u.test(line)).join('\n')}\n`
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { hint: `namei --long ${path}`, cause })
  }
}
