import { acName } from './ac-name.js'
import { flag, integer, list, text, type Place } from './check.js'
import { object, optional, required, unique } from './check-object.js'

/**
 * A port, or a range of `count` ports, on which an app listens (SPEC M11). Defaults: `count` 1,
 * `socketActivated` false.
 */
export interface Port {
  readonly name: string
  readonly protocol: string
  readonly port: number
  readonly count?: number
  readonly socketActivated?: boolean
}

const MAX_PORT = 65535

export const port = object<Port>(
  {
    name: required(acName),
    protocol: required(text),
    port: required(integer(1, MAX_PORT, 'port must be in 1-65535 range'), 'port must be in 1-65535 range'),
    count: optional(integer(1, MAX_PORT)),
    socketActivated: optional(flag),
  },
  checkRange,
)

function checkRange({ port: first, count = 1 }: Port, at: Place): void {
  const last = first + count - 1
  if (last > MAX_PORT) {
    at.field('count').fault(`the range ends at ${last}, past ${MAX_PORT}`, 'end of port range must be in 1-65535 range')
  }
}

/** The ports of one app; their names are keys (SPEC P8). */
export const ports = list(port, unique())
