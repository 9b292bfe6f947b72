import { isNetworkName } from '#schema/network.js'
import type { NamedNetwork, NetworkChoice } from '../../config/choose-networks.js'
import { badValue } from './values.js'

/** Words that are no network, and stand alone. */
const ALONE = ['none', 'host', 'all'] as const

/** The network of a pod without `--net`. */
const DEFAULT_NETWORK = 'default'

/**
 * The networks of all `--net`, in the order given; {@link DEFAULT_NETWORK} without any. A value is
 * `NAME[:KEY=VALUE[;KEY=VALUE]…][,NAME…]`; arguments begin at the first colon, so that they may
 * hold IPv6 addresses. Errors: USAGE.
 */
export function parseNetworks(option: string, values: readonly string[]): NetworkChoice {
  if (values.length === 0) return [{ name: DEFAULT_NETWORK, arguments: '' }]
  const named: NamedNetwork[] = []
  const items = values.flatMap((value) => value.split(',').map((item) => ({ value, item })))
  for (const { value, item } of items) {
    const [name = '', args = ''] = item.split(/:(.*)/s)
    const alone = ALONE.find((word) => word === name)
    if (alone !== undefined) {
      if (items.length > 1) throw badValue(option, value, `${name}: goes with no other network`)
      if (item !== name) throw badValue(option, value, `${name}: takes no arguments`)
      return alone
    }
    if (!isNetworkName(name))
      throw badValue(option, value, `${name === '' ? 'an empty name' : name}: no name of a network`)
    if (named.some((other) => other.name === name)) throw badValue(option, value, `${name}: named twice`)
    if (args !== '' && !args.split(';').every(isArgument)) {
      throw badValue(option, value, `${args}: expected KEY=VALUE, with ; between several`)
    }
    named.push({ name, arguments: args })
  }
  return named
}

/** A pair of CNI_ARGS (CNI specification 1.0, section 2). */
const isArgument = (pair: string): boolean => /^[A-Za-z0-9_]+=[^;=,\p{Cc}\s]+$/u.test(pair)
