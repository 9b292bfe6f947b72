import type { Option } from './option.js'
import { OPTIONS, type Place } from './options.js'

const TITLES: Readonly<Record<Place, string>> = {
  pod: 'Options for the pod, anywhere outside -- blocks:',
  each: 'Before the first image for every app, after an image for that app:',
  app: 'Options for one app, after its image:',
}

/** The text of `appc run --help`, made from the tables of options. */
export function runHelp(): string {
  const sections = Object.entries(OPTIONS).map(([place, options]) =>
    [TITLES[place as Place], ...options.map(line)].join('\n'),
  )
  return [HEAD, ...sections, TAIL].join('\n\n')
}

function line({ synopsis, help, counts }: Option): string {
  const written = `  ${synopsis}`
  const text = counts === 'all' ? `${help}; repeatable` : help
  return written.length < 30 ? `${written.padEnd(30)}${text}` : `${written}\n${' '.repeat(30)}${text}`
}

const HEAD = `appc run [OPTION…] IMAGE [OPTION…] [-- ARGUMENT…] [---] [IMAGE…]

Runs images as one pod, in the foreground until it ends; the exit status is the first failing app's, 128+n for
signal n, 254 when appc itself fails. IMAGE is a file (FILE.aci, - for stdin), the URL of one, an image ID, or a name:
NAME[:VERSION][,LABEL=VALUE…]; an image that is not in the store is fetched by its name, and must be signed.
Arguments after -- are appended to the image's own, up to --- or the end.`

const TAIL = `In the values of --volume and --mount %2C stands for a comma, and %25 for a percent sign.

A variable set in several places has the value of the last of these that sets it:
  --inherit-env, the image, --set-env-file, --set-env, --environment before the first image, --environment after it`
