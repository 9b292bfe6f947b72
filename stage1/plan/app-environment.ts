import type { App } from '#schema/app.js'

/** Where programs are sought when neither image nor user says so. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The whole environment of an app and of its handlers (E12), in the order: ours that the image may override, the
 * manifest's, ours that nothing overrides. `terminal` is the TERM of an interactive app's terminal.
 */
export function environmentOf(appName: string, app: App, terminal?: string): readonly string[] {
  const defaults: readonly (readonly [string, string])[] = [
    ['PATH', DEFAULT_PATH],
    ['SHELL', '/bin/sh'],
    ...identity(app.user),
    ...(terminal === undefined ? [] : ([['TERM', terminal]] as const)),
  ]
  const variables = new Map(defaults)
  for (const { name, value } of app.environment ?? []) variables.set(name, value)
  variables.set('AC_APP_NAME', appName)
  variables.set('container', 'appc')
  return Array.from(variables, ([name, value]) => `${name}=${value}`)
}

/** What login(1) would set, as far as it is known without the image's /etc/passwd. */
function identity(user: string): readonly (readonly [string, string])[] {
  const name = user === '0' ? 'root' : user
  const home = ['HOME', name === 'root' ? '/root' : '/'] as const
  if (/^[0-9]|^\//.test(name)) return [home]
  return [home, ['USER', name], ['LOGNAME', name]]
}
