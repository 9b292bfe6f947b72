import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { networkLeftovers } from './networks.js'

/**
 * What pods with networks could leave on this host. The table `inet appc` itself, its subnets and
 * the bridges stay.
 */
export interface NetworkTraces {
  /** The addresses that host-local has reserved. */
  readonly addresses: readonly string[]
  readonly interfaces: readonly string[]
  /** The elements of the maps of ports, and the rules and chains of iptables for single pods. */
  readonly rules: readonly string[]
  /** The number of network namespaces. */
  readonly namespaces: number
  /** Sockets of units of pods. */
  readonly sockets: readonly string[]
  /** The number of mounts. */
  readonly mounts: number
}

/** A rule with an address or a port, or a chain whose name has the hash of a pod. */
const OF_A_POD = /\d+\.\d+\.\d+\.\d+|--dport|CNI-[A-Z-]*[0-9a-f]{16}/

/** What is there now. */
export function networkTraces(): NetworkTraces {
  const words = (command: string): string => {
    const [program = '', ...rest] = command.split(' ')
    return spawnSync(program, rest, { encoding: 'utf8' }).stdout
  }
  const table = words('nft list table inet appc').replaceAll(/\s+/g, ' ')
  const sockets = words('systemctl list-sockets --all --no-legend --full appc-*')
  return {
    ...networkLeftovers(),
    rules: [
      ...[...table.matchAll(/(tcp|udp) \. \d+ : [0-9a-f.:]+ \. \d+/g)].map(([element]) => element),
      ...(existsSync('/usr/sbin/iptables-save') ? words('iptables-save').split('\n') : []).filter((line) =>
        OF_A_POD.test(line),
      ),
    ],
    namespaces: execFileSync('lsns', ['--type=net', '--noheadings'], { encoding: 'utf8' }).trim().split('\n').length,
    sockets: sockets.split('\n').filter(Boolean),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length,
  }
}
