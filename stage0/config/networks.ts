import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Parser, Place } from '#schema/check.js'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import { parseJSON } from '#schema/json.js'
import { type JoinedNetwork, type NetworkConfig, networkConfig, singleConfig } from '#schema/network.js'
import { isMasqueraded } from '#schema/network-bridge.js'
import { builtInNetworks } from './built-in-networks.js'
import type { ConfigDirs } from './config-dirs.js'
import { configError } from './documents.js'
import { hasHostIPv6 } from './host-ipv6.js'

/** A network that pods may join. */
export interface ConfiguredNetwork extends Omit<JoinedNetwork, 'arguments'> {
  /** The file that configures it; null for one that is built in. */
  readonly file: string | null
}

/** What the files of net.d say. */
export interface Networks {
  /** By name, in the order of their files, those that are built in last. */
  readonly networks: ReadonlyMap<string, ConfiguredNetwork>
  /** Files that cannot be used: each is a CONFIG_INVALID. */
  readonly problems: readonly RuntimeError[]
}

/** The kinds of files: rkt's, which CNI's own tools read, too. */
const KINDS: readonly { readonly suffix: string; readonly parser: Parser<NetworkConfig> }[] = [
  { suffix: '.conflist', parser: networkConfig },
  { suffix: '.conf', parser: singleConfig },
]

/**
 * Reads the networks of all levels. A later level replaces a network of an earlier one; within a
 * level the first file of a name counts, as in rkt. Errors: CONFIG_INVALID where a directory cannot
 * be read.
 */
export function readNetworks({ system, local, user }: ConfigDirs): Networks {
  const networks = new Map<string, ConfiguredNetwork>()
  const problems: RuntimeError[] = []
  const levels = [system, local, ...(user === undefined ? [] : [user])]
  for (const level of levels.reverse()) {
    for (const file of filesOf(join(level, 'net.d'))) {
      try {
        const config = readConfig(file)
        if (!networks.has(config.name)) networks.set(config.name, { config, masquerade: isMasqueraded(config), file })
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error
        problems.push(error)
      }
    }
  }
  for (const network of builtInNetworks(hasHostIPv6())) {
    if (!networks.has(network.config.name)) networks.set(network.config.name, { ...network, file: null })
  }
  return { networks, problems }
}

function filesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile() && KINDS.some(({ suffix }) => entry.name.endsWith(suffix)))
      .map((entry) => join(directory, entry.name))
      .sort()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw configError(directory, `cannot be read: ${messageOf(error)}`, error)
  }
}

function readConfig(file: string): NetworkConfig {
  const at = new Place()
  const parser = KINDS.find(({ suffix }) => file.endsWith(suffix))?.parser ?? networkConfig
  const json = parseJSON(read(file), at)
  const config = json && parser(json.value, at)
  if (config !== null) return config
  const problems = at.problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  throw configError(file, problems.join('; '))
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw configError(file, `cannot be read: ${messageOf(error)}`, error)
  }
}
