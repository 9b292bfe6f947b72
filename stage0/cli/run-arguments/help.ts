import { OPTIONS, type OptionRow, type Scope } from './options.js'

const SECTIONS: readonly { readonly title: string; readonly scopes: readonly Scope[] }[] = [
  { title: 'Options for the pod, anywhere outside -- blocks:', scopes: ['pod'] },
  { title: 'Before the first image for every app, after an image for that app:', scopes: ['either'] },
  { title: 'Options for one app, after its image:', scopes: ['image'] },
]

/** The text of `appc run --help`, made from the table of options. */
export function runHelp(): string {
  const rows = Object.entries<OptionRow>(OPTIONS)
  const sections = SECTIONS.map(({ title, scopes }) =>
    [title, ...rows.filter(([, row]) => scopes.includes(row.scope)).map(line)].join('\n'),
  )
  return [HEAD, ...sections, TAIL].join('\n\n')
}

function line([name, { kind, value, describe, short }]: [string, OptionRow]): string {
  const letter = short === undefined ? '' : `-${short}, `
  const option = `  ${letter}--${name}${value === undefined ? '' : `=${value}`}`
  const text = kind === 'list' ? `${describe}; repeatable` : describe
  return option.length < 30 ? `${option.padEnd(30)}${text}` : `${option}\n${' '.repeat(30)}${text}`
}

const HEAD = `appc run [OPTION…] IMAGE [OPTION…] [-- ARGUMENT…] [---] [IMAGE…]

Runs images as one pod, in the foreground until it ends; the exit status is the first failing app's, 128+n for
signal n, 254 when appc itself fails. IMAGE is a file (FILE.aci, - for stdin), the URL of one, an image ID, or a name:
NAME[:VERSION][,LABEL=VALUE…]; what the store lacks is looked for in the net by its name, and must be signed.
Arguments after -- are appended to the image's own, up to --- or the end.`

const TAIL = `In the values of --volume and --mount %2C stands for a comma, and %25 for a percent sign.

A variable set in several places has the value of the last of these that sets it:
  --inherit-env, the image, --set-env-file, --set-env, --environment before the first image, --environment after it`
