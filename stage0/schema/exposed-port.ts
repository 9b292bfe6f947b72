import { acName } from './ac-name.js'
import { describe, integer, list, text, type Parser } from './check.js'
import { object, optional, required } from './check-object.js'
import { port, type Port } from './port.js'

/**
 * A port of the pod that is reachable on the host (SPEC P8); without `hostIP`, on all addresses.
 */
export interface ExposedPort {
  /** The name of a port that an app of the pod declares, unless `podPort` is set. */
  readonly name: string
  readonly hostPort: number
  readonly hostIP?: string
  readonly podPort?: Port
}

const BYTE = '(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])'
const DOTTED_QUAD = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`)

const hostIP: Parser<string> = (value, at) => {
  const address = text(value, at)
  if (address === null || DOTTED_QUAD.test(address)) return address
  return at.fault(`expected an IPv4 address like 203.0.113.23, got ${describe(address)}`, actoolMessage(address))
}

/** actool's message; actool accepts IPv6 and empty addresses, too. */
const actoolMessage = (address: string): string | undefined =>
  address === '' || address.includes(':') ? undefined : `invalid IP address: ${address}`

export const exposedPorts = list(
  object<ExposedPort>({
    name: required(acName),
    hostPort: required(integer(1, 65535)),
    hostIP: optional(hostIP),
    podPort: optional(port),
  }),
)
