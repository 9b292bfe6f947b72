/** The three levels of configuration, weakest first; each holds auth.d, paths.d, images.d and trustedkeys. */
export interface ConfigDirs {
  /** The distribution's. */
  readonly system: string
  /** The host's own. */
  readonly local: string
  /** What `--user-config` names. */
  readonly user?: string
}

export const CONFIG_DIRS: ConfigDirs = { system: '/usr/lib/appc', local: '/etc/appc' }
