import { RuntimeError } from '#schema/errors.js'
import { addressesMeet, hostSide, type PublishedPort } from '#schema/published-port.js'
import { type Listener, listenerText } from '../pod/listeners.js'

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
