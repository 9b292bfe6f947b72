import { isACName } from '#schema/ac-name.js'
import type { ExposedPort } from '#schema/exposed-port.js'
import { badValue } from './values.js'

const MAX_PORT = 65535

/**
 * Parses `--port=NAME:[IP:]PORT`: a port of the host for a port that an app declares. An IPv6
 * address stands in brackets; it becomes canonical. Errors: USAGE.
 */
export function parsePort(option: string, text: string): ExposedPort {
  const [, name, address, port] = /^([^:]*):(?:(\[.*\]|[^:]*):)?([^:\]]*)$/.exec(text) ?? []
  if (name === undefined || port === undefined) throw badValue(option, text, problemOf(text))
  if (!isACName(name)) {
    throw badValue(option, text, `${name === '' ? 'an empty name' : name}: no name of a port, like http`)
  }
  const hostPort = /^[1-9]\d{0,4}$/.test(port) ? Number(port) : NaN
  if (!(hostPort <= MAX_PORT)) {
    throw badValue(option, text, `${port === '' ? 'an empty port' : port}: expected a port from 1 to ${MAX_PORT}`)
  }
  if (address === undefined) return { name, hostPort }
  const hostIP = canonicalAddress(address)
  if (hostIP === undefined) {
    throw badValue(option, text, `${address === '' ? 'an empty address' : address}: expected an address`)
  }
  return { name, hostPort, hostIP }
}

/** The problem of a text without the shape of a port. */
const problemOf = (text: string): string =>
  text.split(':').length > 3
    ? 'expected NAME:[IP:]PORT with an IPv6 address in brackets, like http:[::]:8080'
    : 'expected NAME:[IP:]PORT, like http:8080'

/** The address without its brackets; undefined where it is none. */
function canonicalAddress(text: string): string | undefined {
  const isBracketed = text.startsWith('[')
  if (!isBracketed && !/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined
  if (isBracketed && !/^\[[0-9a-fA-F:.]+\]$/.test(text)) return undefined
  try {
    return new URL(`http://${text}`).hostname.replace(/^\[(.*)\]$/, '$1')
  } catch {
    return undefined
  }
}
