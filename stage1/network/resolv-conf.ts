import type { DNS } from '#schema/dns.js'
import type { RunSpec } from '#schema/run-spec.js'
import type { ResolvConf } from '../plan/pod-facts.js'
import type { NetworkResult } from './plugins/result.js'
import { readTextFile } from './host/text-file.js'

const HOST = '/etc/resolv.conf'

/** systemd-resolved writes the servers here that it asks itself (systemd-resolved.service(8)). */
const RESOLVED = '/run/systemd/resolve/resolv.conf'

type Read = (path: string) => string | undefined

/**
 * The resolv.conf(5) of the apps: as the operator says, else as the first network that names a
 * server. Both take the place of an image's file, the host's does not. `results` are those of the
 * pod's networks. undefined where the apps get none. Errors: FILE_UNREADABLE.
 */
export function resolvConfOf(
  { network, dns }: Pick<RunSpec, 'network' | 'dns'>,
  results: readonly NetworkResult[],
  read: Read = readTextFile,
): ResolvConf | undefined {
  if (dns === 'none') return undefined
  if (dns === 'host') return resolvConf(read(HOST), true)
  const ofNetwork = results.find(({ nameservers }) => nameservers.length > 0)
  const ofHost = network === 'none' ? undefined : network === 'host' ? read(HOST) : reachable(read)
  if (dns !== undefined) return resolvConf(textOf({ ...(ofNetwork ?? parse(ofHost ?? '')), ...dns }), true)
  return ofNetwork === undefined ? resolvConf(ofHost, false) : resolvConf(textOf(ofNetwork), true)
}

const resolvConf = (content: string | undefined, replaces: boolean): ResolvConf | undefined =>
  content === undefined ? undefined : { content, replaces }

const LINE = /^\s*(nameserver|search|options|domain)\s+(.*?)\s*$/

/**
 * The host's text for a pod that has a loopback of its own, where no server of the host listens:
 * systemd-resolved's own servers take the place of its stub, and other servers on loopback are left
 * out. undefined where no server is left.
 */
function reachable(read: Read): string | undefined {
  for (const path of [HOST, RESOLVED]) {
    const lines =
      read(path)
        ?.split('\n')
        .filter((line) => !isLoopback(serverOf(line))) ?? []
    if (lines.some((line) => serverOf(line) !== undefined)) return lines.join('\n')
  }
  return undefined
}

const serverOf = (line: string): string | undefined => {
  const [, key, value] = LINE.exec(line) ?? []
  return key === 'nameserver' ? value : undefined
}

const isLoopback = (server: string | undefined): boolean =>
  server !== undefined && (server.startsWith('127.') || server === '::1')

/** The fields of a resolv.conf(5); of each but the servers the last line counts. */
function parse(text: string): DNS {
  const lines = text.split('\n').map((line) => LINE.exec(line) ?? [])
  const last = (name: string): readonly string[] => lines.findLast(([, key]) => key === name)?.[2]?.split(/\s+/) ?? []
  const [domain] = last('domain')
  return {
    nameservers: lines.flatMap(([, key, value]) => (key === 'nameserver' && value !== undefined ? [value] : [])),
    search: last('search'),
    options: last('options'),
    ...(domain !== undefined && { domain }),
  }
}

/** Of domain and search list the resolver obeys the last, which is the search list here. */
function textOf({ nameservers, domain, search, options }: DNS): string {
  const lines = [
    ...(domain === undefined ? [] : [`domain ${domain}`]),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ]
  // A line break in a word of a plugin would make a line of its own.
  return `${lines.filter((line) => !/\p{Cc}/u.test(line)).join('\n')}\n`
}
