import { readFileSync } from 'node:fs'

/** Kernel parameters without which the host forwards no packet of pods (ip-sysctl). */
const PARAMETERS = {
  'net.ipv4.ip_forward': '/proc/sys/net/ipv4/ip_forward',
  'net.ipv6.conf.all.forwarding': '/proc/sys/net/ipv6/conf/all/forwarding',
}

/** The parameters that are off now. */
export const forwardingOff = (): readonly string[] =>
  Object.entries(PARAMETERS)
    .filter(([, path]) => isOff(path))
    .map(([name]) => name)

/**
 * A warning for each parameter that was off before the pod joined its networks and is on now:
 * plugins turn them on, and nobody turns them off again.
 */
export const forwardingWarnings = (offBefore: readonly string[], networks: readonly string[]): readonly string[] => {
  const off = offBefore.length === 0 ? [] : forwardingOff()
  return offBefore
    .filter((name) => !off.includes(name))
    .map((name) => `${name}: was off: turned on for network ${networks.join(', ')}; it stays on until the next boot`)
}

function isOff(path: string): boolean {
  try {
    return readFileSync(path, 'latin1').trim() === '0'
  } catch {
    return false
  }
}
