import { existsSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { dataDir, type DataDir } from '../../data-dir.js'
import { findPod } from '../../pod/find.js'
import { become } from '../../pod/handoff.js'
import { isUUID } from '../../pod/pod.js'
import { readRunSpec } from '../../pod/records.js'
import { waitUntilStopped } from '../../pod/wait.js'
import type { Command } from '../command.js'

interface Options {
  readonly pod: string
  readonly app: readonly string[] | undefined
  readonly follow: boolean
  readonly lines: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
  readonly priority: string | undefined
  readonly format: string
}

export const command: Command<Options> = {
  usage: 'logs <pod>',
  repeatable: ['app'],
  shorts: { f: { option: 'follow' }, n: { option: 'lines', value: true } },
  describe: "Shows what a pod's apps wrote, out of the journal; with a whole UUID also after the pod was removed.",
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', demandOption: true, describe: "a pod's name, UUID, or its beginning" })
      .option('app', { type: 'string', array: true, nargs: 1, describe: 'only this app; repeatable' })
      .option('follow', { type: 'boolean', default: false, describe: 'go on until the pod has ended' })
      .option('lines', { type: 'string', alias: 'tail', describe: 'only so many of the last lines' })
      .option('since', { type: 'string', describe: 'not before: 10m (ago), or a time as journalctl takes it' })
      .option('until', { type: 'string', describe: 'not after' })
      .option('priority', { type: 'string', describe: 'err: only stderr' })
      .option('format', {
        choices: ['text', 'cat', 'json'],
        default: 'text',
        describe: 'cat: only the text; json: all fields',
      }),
  run: async (options, context) => {
    checkWords(options)
    const dir = dataDir(context.dataDir)
    const { uuid, apps, mayWrite } = podOf(dir, options.pod)
    for (const app of options.app ?? []) checkApp(app, uuid, apps)
    const { followLogs, synchronize } = await import('../follow-logs.js')
    synchronize(journalctl())
    if (!options.follow || !mayWrite) return become(journalctl(), journalctlWords(uuid, options))
    const exit = await followLogs({
      journalctl: journalctl(),
      options: passedOptions({ ...options, lines: options.lines ?? 'all' }),
      matches: matches(uuid, options.app),
      format: options.format,
      ended: waitUntilStopped(dir, uuid),
    })
    return { exit }
  },
}

/**
 * Checks the options that journalctl would refuse with its own messages and exit status. Errors:
 * USAGE.
 */
function checkWords({ lines, priority }: Options): void {
  if (lines !== undefined && !/^(all|\d{1,9})$/.test(lines)) {
    throw new RuntimeError('USAGE', `--lines=${lines}: expected a number of lines, or all`)
  }
  const level = '([0-7]|emerg|alert|crit|err|warning|notice|info|debug)'
  if (priority !== undefined && !new RegExp(`^${level}([.][.]${level})?$`).test(priority)) {
    throw new RuntimeError('USAGE', `--priority=${priority}: expected err, warning, info or another level of syslog`)
  }
}

/** A pod and the known names of its apps: empty for a removed pod, which only the journal knows. */
interface LoggedPod {
  readonly uuid: string
  readonly apps: readonly string[]
  /** The pod may still write entries. */
  readonly mayWrite: boolean
}

function podOf(dir: DataDir, reference: string): LoggedPod {
  try {
    const { pod, state } = findPod(dir, reference)
    const apps = readRunSpec(pod.directory).apps.map(({ name }) => name)
    return { uuid: pod.uuid, apps, mayWrite: state === 'running' || state === 'preparing' || state === 'prepared' }
  } catch (error) {
    const typed = reference.toLowerCase()
    if (error instanceof RuntimeError && error.code === 'POD_NOT_FOUND' && isUUID(typed)) {
      return { uuid: typed, apps: [], mayWrite: false }
    }
    throw error
  }
}

function checkApp(app: string, uuid: string, apps: readonly string[]): void {
  if (apps.length === 0 || apps.includes(app)) return
  throw new RuntimeError('APP_NOT_FOUND', `${app}: pod ${uuid} has no such app; it has ${apps.join(', ')}`, {
    hint: `appc logs --app=${apps[0] ?? 'NAME'} ${uuid}`,
  })
}

const OUTPUTS: Readonly<Record<string, string>> = { text: 'short-iso', cat: 'cat', json: 'json' }

/** The journalctl options for the options of the command. */
export const journalctlWords = (uuid: string, options: Omit<Options, 'pod'>): string[] => [
  '--quiet',
  '--no-pager',
  '--no-hostname',
  `--output=${OUTPUTS[options.format] ?? 'short-iso'}`,
  ...passedOptions(options),
  ...matches(uuid, options.app),
]

const passedOptions = (options: Pick<Options, 'lines' | 'since' | 'until' | 'priority'>): string[] =>
  (['lines', 'since', 'until', 'priority'] as const).flatMap((name) => {
    const value = options[name]
    return value === undefined ? [] : [`--${name}=${isDuration(value) ? `-${value}` : value}`]
  })

/**
 * The matches for the output of a pod's apps, and for messages of the in-pod program about them.
 */
function matches(uuid: string, apps: readonly string[] = []): string[] {
  const about = [`APPC_POD_UUID=${uuid}`, ...apps.map((app) => `APPC_APP=${app}`)]
  return [
    ...about,
    // entries that the pod init forwards: only root may have written them
    '_UID=0',
    'APPC_STREAM=stdout',
    'APPC_STREAM=stderr',
    '+',
    ...about,
    // messages of the in-pod program; systemd's messages about the units have the same fields, but
    // another transport
    '_TRANSPORT=stdout',
  ]
}

/** Tells whether a time is a duration like `10m` (ago), for which journalctl needs a sign. */
const isDuration = (value: string): boolean => /^(\d+(ms|s|m|h|d))+$/.test(value)

function journalctl(): string {
  const path = ['/usr/bin/journalctl', '/bin/journalctl'].find((path) => existsSync(path))
  if (path === undefined) throw new RuntimeError('HOST_UNSUPPORTED', 'journalctl: not found on this host')
  return path
}
