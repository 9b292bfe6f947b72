import { visible } from '#schema/visible.js'
import { type Fault, faultOf, subkeyFaults } from '../../../trust/key-condition.js'
import { Keystore, type TrustedKey } from '../../../trust/keystore.js'
import type { Command } from '../../command.js'

export const command: Command = {
  usage: 'trust list',
  describe:
    'Lists the trusted keys: what they are trusted for, whose they are, where they lie, and whether they are good, expired or revoked.',
  listing: true,
  unprivileged: true,
  configure: (parser) => parser,
  run: async (_options, context) => {
    const { keys, problems } = await new Keystore(context.configDirs).list()
    const entries = await Promise.all(keys.map(describe))
    return {
      value: entries,
      // tabs between the columns, for scripts; fields contain no tabs or line ends
      bytes: Buffer.from(entries.map(row).join('')),
      failures: problems,
    }
  },
}

/** The condition of a key or a subkey. */
interface Condition {
  readonly state: 'good' | Fault['state']
  /** Why the key is not good. */
  readonly why?: string
}

/** A key in the list. */
interface ListedKey extends Condition, Pick<TrustedKey, 'prefix' | 'fingerprint' | 'identities' | 'path'> {
  readonly subkeys: readonly (Condition & Pick<TrustedKey, 'fingerprint'>)[]
}

async function describe(trusted: TrustedKey): Promise<ListedKey> {
  const { prefix, fingerprint, identities, path, key } = trusted
  const faults = await subkeyFaults(key)
  const subkeys = key.subkeys.map((subkey, index) => ({
    fingerprint: subkey.getFingerprint(),
    ...condition(faults[index] ?? null),
  }))
  return { prefix, fingerprint, identities, path, ...condition(await faultOf(trusted)), subkeys }
}

const condition = (fault: Fault | null): Condition =>
  fault === null ? { state: 'good' } : { state: fault.state, why: fault.why }

const row = ({ fingerprint, prefix, identities, path, state }: ListedKey): string =>
  `${[prefix ?? '(every image)', fingerprint, identities[0] ?? '-', path, state].map(visible).join('\t')}\n`
