/**
 * The three levels of configuration, the weakest first. Each one holds auth.d, paths.d, images.d
 * and trustedkeys.
 */
export interface ConfigDirs {
  /** The configuration of the distribution. */
  readonly system: string
  /** The configuration of the host. */
  readonly local: string
  /** The directory that `--user-config` names. */
  readonly user?: string
}

export const CONFIG_DIRS: ConfigDirs = { system: '/usr/lib/appc', local: '/etc/appc' }
