import { RuntimeError } from '#schema/errors.js'
import { nearest } from './nearest.js'

/**
 * Commands that users of rkt, podman, machinectl and actool type, and the commands of appc for
 * them.
 */
const HABITS: Readonly<Record<string, string>> = {
  ps: 'appc list',
  ls: 'appc list',
  images: 'appc image list',
  pull: 'appc fetch',
  load: 'appc fetch',
  import: 'appc fetch',
  'image fetch': 'appc fetch',
  'image pull': 'appc fetch',
  'image load': 'appc fetch',
  exec: 'appc enter',
  shell: 'appc enter',
  inspect: 'appc status --format=json',
  show: 'appc status',
  wait: 'appc status --wait',
  rmi: 'appc image rm',
  remove: 'appc rm',
  delete: 'appc rm',
  'image remove': 'appc image rm',
  'image delete': 'appc image rm',
  top: 'systemd-cgtop appc.slice',
  stats: 'systemd-cgtop appc.slice',
  start: 'appc run',
  restart: 'appc run',
  create: 'appc run',
  prepare: 'appc run',
  'run-prepared': 'appc run',
  kill: 'appc stop --force',
  terminate: 'appc stop',
  poweroff: 'appc stop',
  prune: 'appc gc',
  'image prune': 'appc image gc',
  save: 'appc image export',
  'image save': 'appc image export',
  'image ls': 'appc image list',
  'image inspect': 'appc image cat-manifest',
  'image build': 'appc build',
  search: 'appc discover',
  info: 'appc config',
  journal: 'appc logs',
  'trust add': 'appc trust',
  'trust remove': 'appc trust rm',
  'trust ls': 'appc trust list',
}

/**
 * The error of an unknown command. `first` and `second` are the typed words, `names` the names of
 * all commands. If `first` begins the names of commands, the word after it is missing or wrong.
 */
export function unknownCommand(first: string, second: string | undefined, names: readonly string[]): RuntimeError {
  const family = names.filter((name) => name.startsWith(`${first} `))
  if (family.length > 0) {
    const problem = second === undefined ? `${first}: missing command` : `${first} ${second}: no such command`
    return new RuntimeError('USAGE', problem, {
      hint: (second !== undefined && suggestion(`${first} ${second}`, family)) || `one of: ${family.join(', ')}`,
    })
  }
  if (first.startsWith('-')) return new RuntimeError('USAGE', `${first}: no such option`, { hint: 'appc --help' })
  return new RuntimeError('USAGE', `${first}: no such command`, { hint: suggestion(first, names) ?? 'appc --help' })
}

function suggestion(typed: string, names: readonly string[]): string | null {
  const habit = Object.hasOwn(HABITS, typed) ? HABITS[typed] : undefined
  // `verify` suggests `image verify` if no other command ends with this word
  const inFamilies = names.filter((name) => name.endsWith(` ${typed}`))
  const match = inFamilies.length === 1 ? inFamilies[0] : nearest(typed, names)
  const command = habit ?? (match == null ? null : `appc ${match}`)
  return command === null ? null : `did you mean ${command}?`
}
