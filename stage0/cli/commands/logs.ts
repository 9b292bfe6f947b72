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
    const { uuid, apps, lives } = podOf(dir, options.pod)
    for (const app of options.app ?? []) checkApp(app, uuid, apps)
    const { followLogs, synchronize } = await import('../follow-logs.js')
    synchronize(journalctl())
    if (!options.follow || !lives) return become(journalctl(), words(uuid, options))
    const exit = await followLogs({
      journalctl: journalctl(),
      options: passed({ ...options, lines: options.lines ?? 'all' }),
      matches: matches(uuid, options.app),
      format: options.format,
      ended: waitUntilStopped(dir, uuid),
    })
    return { exit }
  },
}

/** What journalctl would refuse in words and with a status of its own. */
function checkWords({ lines, priority }: Options): void {
  if (lines !== undefined && !/^(all|\d{1,9})$/.test(lines)) {
    throw new RuntimeError('USAGE', `--lines=${lines}: expected a number of lines, or all`)
  }
  const level = '([0-7]|emerg|alert|crit|err|warning|notice|info|debug)'
  if (priority !== undefined && !new RegExp(`^${level}([.][.]${level})?$`).test(priority)) {
    throw new RuntimeError('USAGE', `--priority=${priority}: expected err, warning, info or another level of syslog`)
  }
}

/** A pod, and the names of its apps as far as they are known: of a pod that was removed, only the journal knows. */
interface LoggedPod {
  readonly uuid: string
  readonly apps: readonly string[]
  /** It may still write something. */
  readonly lives: boolean
}

function podOf(dir: DataDir, reference: string): LoggedPod {
  try {
    const { pod, state } = findPod(dir, reference)
    const apps = readRunSpec(pod.directory).apps.map(({ name }) => name)
    return { uuid: pod.uuid, apps, lives: state === 'running' || state === 'preparing' || state === 'prepared' }
  } catch (error) {
    const typed = reference.toLowerCase()
    if (error instanceof RuntimeError && error.code === 'POD_NOT_FOUND' && isUUID(typed)) {
      return { uuid: typed, apps: [], lives: false }
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

/** journalctl's own words for what is asked. */
export const words = (uuid: string, options: Omit<Options, 'pod'>): string[] => [
  '--quiet',
  '--no-pager',
  '--no-hostname',
  `--output=${OUTPUTS[options.format] ?? 'short-iso'}`,
  ...passed(options),
  ...matches(uuid, options.app),
]

const passed = (options: Pick<Options, 'lines' | 'since' | 'until' | 'priority'>): string[] =>
  (['lines', 'since', 'until', 'priority'] as const).flatMap((name) => {
    const value = options[name]
    return value === undefined ? [] : [`--${name}=${isDuration(value) ? `-${value}` : value}`]
  })

/** The entries of what a pod's apps wrote, and what the in-pod program said of them. */
function matches(uuid: string, apps: readonly string[] = []): string[] {
  const about = [`APPC_POD_UUID=${uuid}`, ...apps.map((app) => `APPC_APP=${app}`)]
  return [
    ...about,
    // what the pod's init passes on: only root may have written it
    '_UID=0',
    'APPC_STREAM=stdout',
    'APPC_STREAM=stderr',
    '+',
    ...about,
    // what the in-pod program says; what systemd says about the units has the same fields, and comes another way
    '_TRANSPORT=stdout',
  ]
}

/** `10m`: so long ago; journalctl wants a sign. */
const isDuration = (value: string): boolean => /^(\d+(ms|s|m|h|d))+$/.test(value)

function journalctl(): string {
  const found = ['/usr/bin/journalctl', '/bin/journalctl'].find((path) => existsSync(path))
  if (found === undefined) throw new RuntimeError('HOST_UNSUPPORTED', 'journalctl: not found on this host')
  return found
}
