import { readFileSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { addressesMeet, hostSide, isIPv6, type PortProtocol, type PublishedPort } from '#schema/published-port.js'

/** A socket of a process of the host that receives what is sent to a port. */
export interface Listener {
  readonly protocol: PortProtocol
  /** IPv6 in its canonical form. */
  readonly address: string
  readonly port: number
}

/** Errors: PORT_TAKEN where a listener has one of the ports. */
export function checkListeners(ports: readonly PublishedPort[], listeners: readonly Listener[]): void {
  for (const port of ports) {
    const listener = listeners.find((socket) => meets(port, socket))
    if (listener === undefined) continue
    const { address, protocol } = listener
    const place = `${isIPv6(address) ? `[${address}]` : address}:${listener.port}/${protocol}`
    throw new RuntimeError(
      'PORT_TAKEN',
      `port ${port.name}: ${hostSide(port)}: a process of the host listens on ${place}`,
      {
        hint: `ss --${protocol} --listening --numeric --processes 'sport = :${listener.port}'`,
      },
    )
  }
}

const meets = ({ protocol, hostIP, hostPort, count }: PublishedPort, socket: Listener): boolean =>
  protocol === socket.protocol &&
  hostPort <= socket.port &&
  socket.port < hostPort + count &&
  // a socket of IPv6 at [::] receives what is sent to IPv4, too, unless it is limited to IPv6
  (socket.address === '::' || addressesMeet(hostIP, socket.address))

/** The state of a socket that receives from any peer, in the files of proc_pid_net(5). */
const STATES: Readonly<Record<PortProtocol, string>> = { tcp: '0A', udp: '07' }

/** All listeners of the host. */
export function hostListeners(): readonly Listener[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) =>
    ['', '6'].flatMap((family) => parseListeners(protocol, readTable(`/proc/net/${protocol}${family}`))),
  )
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // a kernel without IPv6
    return ''
  }
}

/** The listeners in a file like /proc/net/tcp (proc_pid_net(5)). */
export function parseListeners(protocol: PortProtocol, table: string): readonly Listener[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      if (state !== STATES[protocol] || port === '') return []
      return [{ protocol, address: addressOf(address), port: parseInt(port, 16) }]
    })
}

/** An address from its 32-bit words, each in the byte order of this little-endian machine. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse())
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join('.')
  const groups = bytes.join('').match(/.{4}/g) ?? []
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
