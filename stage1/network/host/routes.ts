import type { Prefix } from './prefix.js'

/** A route of the host to a part of the addresses. */
export interface Route extends Prefix {
  readonly interfaceName: string
}

/** The flags of routes of IPv6 that are the host's own addresses (linux/ipv6_route.h). */
const OWN = 0x8010_0000

/** The routes in the text of /proc/net/route (proc_pid_net(5)), but for default routes. */
export const parseIPv4Routes = (table: string): readonly Route[] =>
  rows(table).flatMap(([interfaceName = '', destination = '', , , , , , mask = '']) => {
    if (!/^[0-9A-F]{8}$/.test(destination) || !/^[0-9A-F]{8}$/.test(mask)) return []
    const length = (word(mask).toString(2).match(/1/g) ?? []).length
    return length === 0 ? [] : [{ isIPv6: false, bits: word(destination), length, interfaceName }]
  })

/** The routes in the text of /proc/net/ipv6_route, but for default routes and own addresses. */
export const parseIPv6Routes = (table: string): readonly Route[] =>
  rows(table).flatMap((fields) => {
    const [destination = '', hexLength = '', , , , , , , flags = '', interfaceName = ''] = fields
    const length = parseInt(hexLength, 16)
    if (!/^[0-9a-f]{32}$/.test(destination) || !(length > 0) || (parseInt(flags, 16) & OWN) !== 0) return []
    return [{ isIPv6: true, bits: BigInt(`0x${destination}`), length, interfaceName }]
  })

const rows = (table: string): readonly (readonly string[])[] =>
  table.split('\n').map((line) => line.trim().split(/\s+/))

/** A 32-bit word in the byte order of this little-endian machine. */
const word = (hex: string): bigint => BigInt(`0x${(hex.match(/../g) ?? []).reverse().join('')}`)
