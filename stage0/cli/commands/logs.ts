import { existsSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { dataDir } from '../../data-dir.js'
import { findPod } from '../../pod/find.js'
import { become } from '../../pod/handoff.js'
import { isUUID } from '../../pod/pod.js'
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
      .option('follow', { type: 'boolean', default: false, describe: 'go on until interrupted' })
      .option('lines', { type: 'string', describe: 'only the last lines' })
      .option('since', { type: 'string', describe: 'not before (a time as journalctl takes it)' })
      .option('until', { type: 'string', describe: 'not after' })
      .option('priority', { type: 'string', describe: 'err: only stderr' })
      .option('format', {
        choices: ['text', 'cat', 'json'],
        default: 'text',
        describe: 'cat: only the text; json: all fields',
      }),
  run: (options, context) => become(journalctl(), words(uuidOf(options.pod, context.dataDir), options)),
}

function uuidOf(reference: string, directory: string): string {
  try {
    return findPod(dataDir(directory), reference).pod.uuid
  } catch (error) {
    const typed = reference.toLowerCase()
    if (error instanceof RuntimeError && error.code === 'POD_NOT_FOUND' && isUUID(typed)) return typed
    throw error
  }
}

const OUTPUTS: Readonly<Record<string, string>> = { text: 'short-iso', cat: 'cat', json: 'json' }

/** journalctl's own words for what is asked. */
export function words(uuid: string, options: Omit<Options, 'pod'>): string[] {
  const passed = (['lines', 'since', 'until', 'priority'] as const).flatMap((name) => {
    const value = options[name]
    return value === undefined ? [] : [`--${name}=${value}`]
  })
  const about = [`APPC_POD_UUID=${uuid}`, ...(options.app === undefined ? [] : [`APPC_APP=${options.app}`])]
  return [
    '--quiet',
    '--no-pager',
    '--no-hostname',
    `--output=${OUTPUTS[options.format] ?? 'short-iso'}`,
    ...(options.follow ? ['--follow'] : []),
    ...passed,
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
