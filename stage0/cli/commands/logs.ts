import { existsSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { dataDir, type DataDir } from '../../data-dir.js'
import { findPod } from '../../pod/find.js'
import { become } from '../../pod/handoff.js'
import { isUUID } from '../../pod/pod.js'
import { untilStopped } from '../../pod/wait.js'
import type { Command } from '../command.js'

interface Options {
  readonly pod: string
  readonly app: string | undefined
  readonly follow: boolean
  readonly lines: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
  readonly priority: string | undefined
  readonly format: string
}

export const command: Command<Options> = {
  usage: 'logs <pod>',
  describe: "Shows what a pod's apps wrote, out of the journal; with a whole UUID also after the pod was removed.",
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', demandOption: true, describe: "a pod's name, UUID, or its beginning" })
      .option('app', { type: 'string', describe: 'only this app' })
      .option('follow', { type: 'boolean', default: false, describe: 'go on until the pod has ended' })
      .option('lines', { type: 'string', describe: 'only the last lines' })
      .option('since', { type: 'string', describe: 'not before (a time as journalctl takes it)' })
      .option('until', { type: 'string', describe: 'not after' })
      .option('priority', { type: 'string', describe: 'err: only stderr' })
      .option('format', {
        choices: ['text', 'cat', 'json'],
        default: 'text',
        describe: 'cat: only the text; json: all fields',
      }),
  run: async (options, context) => {
    const dir = dataDir(context.dataDir)
    const { uuid, lives } = find(dir, options.pod)
    const { followLogs, synchronize } = await import('../follow-logs.js')
    synchronize(journalctl())
    if (!options.follow || !lives) return become(journalctl(), words(uuid, options))
    const exit = await followLogs({
      journalctl: journalctl(),
      options: passed({ ...options, lines: options.lines ?? 'all' }),
      matches: matches(uuid, options.app),
      format: options.format,
      ended: untilStopped(dir, uuid),
    })
    return { exit }
  },
}

/** The pod that is meant, and whether it may still write something. Of one that was removed the UUID is enough. */
function find(dir: DataDir, reference: string): { readonly uuid: string; readonly lives: boolean } {
  try {
    const { pod, state } = findPod(dir, reference)
    return { uuid: pod.uuid, lives: state === 'running' || state === 'preparing' || state === 'prepared' }
  } catch (error) {
    const typed = reference.toLowerCase()
    if (error instanceof RuntimeError && error.code === 'POD_NOT_FOUND' && isUUID(typed)) {
      return { uuid: typed, lives: false }
    }
    throw error
  }
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
    return value === undefined ? [] : [`--${name}=${value}`]
  })

/** The entries of what a pod's apps wrote, and what the in-pod program said of them. */
function matches(uuid: string, app: string | undefined): string[] {
  const about = [`APPC_POD_UUID=${uuid}`, ...(app === undefined ? [] : [`APPC_APP=${app}`])]
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

function journalctl(): string {
  const found = ['/usr/bin/journalctl', '/bin/journalctl'].find((path) => existsSync(path))
  if (found === undefined) throw new RuntimeError('HOST_UNSUPPORTED', 'journalctl: not found on this host')
  return found
}
