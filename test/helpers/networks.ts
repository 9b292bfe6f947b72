import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'

/** Why a test of networks cannot run here, for `skip`; false where it can. */
export const noNetworks =
  existsSync('/usr/lib/cni/bridge') && existsSync('/usr/sbin/nft')
    ? false
    : 'needs containernetworking-plugins and nftables'

/** What a pod could leave on the host: the addresses that are reserved, and the interfaces. */
export function networkLeftovers(): { readonly addresses: readonly string[]; readonly interfaces: readonly string[] } {
  const reservations = '/var/lib/cni/networks'
  const networks = existsSync(reservations) ? readdirSync(reservations) : []
  const addresses = networks.flatMap((network) =>
    readdirSync(join(reservations, network)).filter((file) => !/^(lock|last_reserved_ip\.\d+)$/.test(file)),
  )
  return { addresses, interfaces: readdirSync('/sys/class/net').filter((name) => name.startsWith('veth')) }
}

/** A directory of configuration, for `--local-config`, with these networks. */
export function networkConfig(scratch: string, networks: Readonly<Record<string, unknown>>): string {
  const directory = join(scratch, 'config')
  mkdirSync(join(directory, 'net.d'), { recursive: true })
  for (const [file, network] of Object.entries(networks)) {
    writeFileSync(join(directory, 'net.d', file), JSON.stringify(network))
  }
  return directory
}

/** A CNI plugin, a shell script, while the tests of a file run; gives its type. */
export function plugin(name: string, script: string): string {
  const type = `appc-test-${name}`
  mkdirSync('/opt/cni/bin', { recursive: true })
  writeFileSync(join('/opt/cni/bin', type), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  after(() => rmSync(join('/opt/cni/bin', type)))
  return type
}

/** Another host, at 192.0.2.2 and 2001:db8::2, which has no route to any pod. */
export interface OtherHost {
  /** Executes a command there; gives what it writes to stdout. */
  readonly execute: (...words: readonly string[]) => string
}

/**
 * Connects another host with this one for the tests of a file; this one is 192.0.2.1 and
 * 2001:db8::1 there.
 */
export function otherHost(): OtherHost {
  const ip = (words: string): void => void execFileSync('ip', words.split(' '))
  const name = 'appc-test-other'
  // The kernel removes what is in a namespace only some time after it.
  const remove = (): void => {
    spawnSync('ip', ['link', 'delete', 'appctest0'])
    spawnSync('ip', ['netns', 'delete', name])
  }
  remove()
  ip(`netns add ${name}`)
  after(remove)
  ip(`link add appctest0 type veth peer name eth0 netns ${name}`)
  ip('address add 192.0.2.1/24 dev appctest0')
  ip('address add 2001:db8::1/64 dev appctest0 nodad')
  ip('link set appctest0 up')
  for (const words of [
    'link set lo up',
    'address add 192.0.2.2/24 dev eth0',
    'address add 2001:db8::2/64 dev eth0 nodad',
    'link set eth0 up',
  ]) {
    ip(`-n ${name} ${words}`)
  }
  return { execute: (...words) => execFileSync('ip', ['netns', 'exec', name, ...words], { encoding: 'utf8' }) }
}
