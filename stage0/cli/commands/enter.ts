import { RuntimeError } from '#schema/errors.js'
import { dataDir } from '../../data-dir.js'
import { findPod } from '../../pod/find.js'
import { becomeStage1 } from '../../pod/handoff.js'
import { readRunSpec } from '../../pod/records.js'
import type { Context, RawCommand } from '../command.js'

const HELP = `appc enter [--app=NAME] [--user=USER] [--group=GROUP] POD [COMMAND [ARGUMENT…]]

Runs a command in a running app's namespaces and root; its exit status is ours. COMMAND is /bin/bash where the app has
one, else /bin/sh. --app is needed where the pod has several apps. It runs as root, or as --user and --group: each a name
in the image, a number, or an absolute path whose owner is meant. Without --group it
is the user's own group.`

/** yargs cannot parse these words: all words after POD belong to the command. */
export const command: RawCommand = {
  usage: 'enter [--app=NAME] [--user=USER] POD [CMD…]',
  describe: "Runs a command in a running app's namespaces and root.",
  help: () => HELP,
  runRaw: (words, context) => enter(words, context),
}

// eslint-disable-next-line @typescript-eslint/require-await -- must reject, not throw
async function enter(words: readonly string[], context: Context): Promise<never> {
  const { app: requestedApp, user, group, pod: reference, argv } = parseWords(words)
  const { pod, state } = findPod(dataDir(context.dataDir), reference)
  if (state !== 'running')
    throw new RuntimeError('POD_STATE', `${pod.uuid}: is not running (${state})`, { hint: `appc status ${pod.uuid}` })
  const apps = readRunSpec(pod.directory).apps
  const names = apps.map(({ name }) => name)
  const [firstApp] = names
  const app = requestedApp ?? (names.length === 1 ? firstApp : undefined)
  if (app === undefined) {
    throw new RuntimeError('USAGE', `${pod.uuid}: has several apps: ${names.join(', ')}`, {
      hint: `appc enter --app=${firstApp ?? 'NAME'} ${reference}`,
    })
  }
  if (!names.includes(app)) {
    throw new RuntimeError('APP_NOT_FOUND', `${app}: pod ${pod.uuid} has no such app; it has ${names.join(', ')}`, {
      hint: `appc enter --app=${firstApp ?? 'NAME'} ${reference}`,
    })
  }
  const identity = user === undefined ? [] : ['--as', user, ...(group === undefined ? [] : [group])]
  return becomeStage1(pod, 'enter', [app, ...identity, '--', ...argv])
}

/** The options of the command, each with a value. */
const OPTIONS = ['app', 'user', 'group'] as const

interface EnterArguments extends Partial<Record<(typeof OPTIONS)[number], string>> {
  readonly pod: string
  readonly argv: readonly string[]
}

function parseWords(words: readonly string[]): EnterArguments {
  const values: { -readonly [Name in (typeof OPTIONS)[number]]?: string } = {}
  let index = 0
  for (; words[index]?.startsWith('-') === true; index++) {
    const [option = '', ...rest] = (words[index] ?? '').split('=')
    const name = OPTIONS.find((known) => option === `--${known}`)
    if (name === undefined) throw usageError(`${option}: appc enter has no such option`)
    const value = rest.length > 0 ? rest.join('=') : (words[++index] ?? '')
    if (value === '') throw usageError(`--${name}: needs a name`)
    values[name] = value
  }
  const [pod, ...argv] = words.slice(index)
  if (pod === undefined) throw usageError('enter: needs a pod')
  if (values.group !== undefined && values.user === undefined) throw usageError('--group: needs --user')
  return { ...values, pod, argv: argv[0] === '--' ? argv.slice(1) : argv }
}

const usageError = (message: string): RuntimeError => new RuntimeError('USAGE', message, { hint: 'appc enter --help' })
