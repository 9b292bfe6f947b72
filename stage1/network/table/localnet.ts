import { writeFileSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import type { JoinedNetwork } from '#schema/network.js'
import { bridgeOf } from '#schema/network-bridge.js'

/** The bridges of the networks that appc masquerades. */
export const bridgesOf = (networks: readonly JoinedNetwork[]): readonly string[] =>
  networks.flatMap(({ masquerade, config }) => (masquerade ? (bridgeOf(config) ?? []) : []))

/**
 * Lets a connection from 127.0.0.1 leave by these bridges, and its answers come back
 * (route_localnet of the kernel's ip-sysctl documentation).
 */
export function enableLocalnet(bridges: readonly string[]): void {
  for (const bridge of bridges) {
    try {
      // a dot of an interface's name stays a dot in /proc/sys
      writeFileSync(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, '1')
    } catch (error) {
      // 127.0.0.1 is then no way to the port, and all others are
      if (!isErrno(error, 'ENOENT', 'EROFS')) throw error
    }
  }
}
