import { readFileSync } from 'node:fs'

/** Kernel parameters that are 1 where existing or new interfaces have no IPv6 (ip-sysctl). */
const OFF = ['all', 'default'].map((scope) => `/proc/sys/net/ipv6/conf/${scope}/disable_ipv6`)

/** Whether IPv6 is on in this host's network. */
export const hasHostIPv6 = (): boolean => OFF.every((path) => read(path) === '0')

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1').trim()
  } catch {
    // a kernel without IPv6
    return null
  }
}
