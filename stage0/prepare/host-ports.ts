import { isSystemError, RuntimeError } from '#schema/errors.js'
import { isWildcard, type PublishedPort } from '#schema/published-port.js'
import { native } from '#native'

/**
 * Checks that the host has the addresses of the ports and that no process listens there. Errors:
 * PORT_INVALID, PORT_TAKEN.
 */
export async function checkHostPorts(ports: readonly PublishedPort[]): Promise<void> {
  const refused = ports.filter((port) => !isFree(port))
  if (refused.length === 0) return
  // The kernel also refuses a port to which a socket is bound that receives nothing. Reading its
  // table of all sockets takes much longer than to bind one.
  const [{ checkListeners }, { hostListeners }] = await Promise.all([
    import('./host-listeners.js'),
    import('../pod/listeners.js'),
  ])
  checkListeners(refused, hostListeners())
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
