import { isSystemError, RuntimeError } from '#schema/errors.js'
import { addressesMeet, hostSide, isWildcard, type PublishedPort } from '#schema/published-port.js'
import { native } from '#native'
import { hostListeners, type Listener, listenerText } from '../pod/listeners.js'

/**
 * Checks that the host has the addresses of the ports and that no process listens there. Errors:
 * PORT_INVALID, PORT_TAKEN.
 */
export function checkHostPorts(ports: readonly PublishedPort[]): void {
  const refused = ports.filter((port) => !isFree(port))
  // The kernel also refuses a port to which a socket is bound that receives nothing. Reading its
  // table of all sockets takes much longer than to bind one.
  if (refused.length > 0) checkListeners(refused, hostListeners())
}

/** Whether the kernel would let a process listen at the port. Errors: PORT_INVALID. */
function isFree({ name, protocol, hostIP, hostPort, count }: PublishedPort): boolean {
  try {
    native.probePorts(protocol, hostIP, hostPort, count)
    return true
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (error.code !== 'EADDRNOTAVAIL' && error.code !== 'EAFNOSUPPORT') return false
    if (hostIP === undefined || isWildcard(hostIP)) return true
    throw new RuntimeError('PORT_INVALID', `port ${name}: no interface of this host has the address ${hostIP}`, {
      hint: 'ip address',
    })
  }
}

/** Errors: PORT_TAKEN where a listener has one of the ports. */
export function checkListeners(ports: readonly PublishedPort[], listeners: readonly Listener[]): void {
  for (const port of ports) {
    const listener = listeners.find((socket) => meets(port, socket))
    if (listener === undefined) continue
    throw new RuntimeError(
      'PORT_TAKEN',
      `port ${port.name}: ${hostSide(port)}: a process of the host listens on ${listenerText(listener)}`,
      {
        hint: `ss --${listener.protocol} --listening --numeric --processes 'sport = :${listener.port}'`,
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
