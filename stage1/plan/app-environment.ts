import type { App } from '#schema/app.js'

/** The PATH of an app where neither the image nor the user sets one. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What the environment of an app contains about its pod. */
export interface PodEnvironment {
  /** The TERM of the terminal of an interactive app. */
  readonly terminal?: string | undefined
  /** See metadata-plan.ts. */
  readonly metadataURL?: string | undefined
}

/**
 * The complete environment of an app and of its handlers (E12). In this order, later ones replace
 * earlier ones: our defaults, which the image may override; the variables of the manifest; our
 * variables that nothing overrides.
 */
export function environmentOf(
  appName: string,
  app: App,
  { terminal, metadataURL }: PodEnvironment = {},
): readonly string[] {
  const defaults: readonly (readonly [string, string])[] = [
    ['PATH', DEFAULT_PATH],
    ['SHELL', '/bin/sh'],
    ...identity(app.user),
    ...(terminal === undefined ? [] : ([['TERM', terminal]] as const)),
  ]
  const variables = new Map(defaults)
  for (const { name, value } of app.environment ?? []) variables.set(name, value)
  variables.set('AC_APP_NAME', appName)
  if (metadataURL !== undefined) variables.set('AC_METADATA_URL', metadataURL)
  variables.set('container', 'appc')
  return Array.from(variables, ([name, value]) => `${name}=${value}`)
}

/**
 * The variables that login(1) would set, as far as they are known without the /etc/passwd of the
 * image.
 */
function identity(user: string): readonly (readonly [string, string])[] {
  const name = user === '0' ? 'root' : user
  const home = ['HOME', name === 'root' ? '/root' : '/'] as const
  if (/^[0-9]|^\//.test(name)) return [home]
  return [home, ['USER', name], ['LOGNAME', name]]
}
