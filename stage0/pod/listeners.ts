import { readFileSync } from 'node:fs'
import { isIPv6, PORT_PROTOCOLS, type PortProtocol } from '#schema/published-port.js'

/** A socket of a process of the host that receives what is sent to a port. */
export interface Listener {
  readonly protocol: PortProtocol
  /** IPv6 in its canonical form. */
  readonly address: string
  readonly port: number
  /** The inode number, by which a process's descriptor names the socket. */
  readonly inode: string
}

/** The place of a listener, as a message shows it: `0.0.0.0:80/tcp`, `[::]:53/udp`. */
export const listenerText = ({ address, port, protocol }: Omit<Listener, 'inode'>): string =>
  `${isIPv6(address) ? `[${address}]` : address}:${port}/${protocol}`

/** The state of a socket that receives from any peer, in the files of proc_pid_net(5). */
const STATES: Readonly<Record<PortProtocol, string>> = { tcp: '0A', udp: '07' }

/** All listeners of the host. */
export function hostListeners(): readonly Listener[] {
  return PORT_PROTOCOLS.flatMap((protocol) =>
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
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      if (state !== STATES[protocol] || port === '') return []
      return [{ protocol, address: addressOf(address), port: parseInt(port, 16), inode }]
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
