import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'

import { milliseconds, millisecondsAtOnce, output } from './commands.js'
import type { Figure } from './figure.js'
import type { Images } from './images.js'
import { median } from './samples.js'

const PODS = 50

/** Number of pods that exist, including the idle one, when they are listed. */
const LISTED = 20
const LISTINGS = 21

const start = (images: Images, name: string): [string, ...string[]] => [
  'appc',
  'run',
  '--net=none',
  '--detach',
  `--pod-name=${name}`,
  images.tiny,
  '--exec=/bin/sleep',
  '--',
  '1000',
]

const names = (prefix: string) => Array.from({ length: PODS }, (_, index) => `${prefix}${index}`)

/** The cost of one idle pod, and of 50 pods started in a row and at once. */
export async function podFigures(images: Images): Promise<Figure[]> {
  output(...start(images, 'idle'))
  const single = names('one').map((name) => milliseconds(...start(images, name)))
  // By now the pod has been idle for long.
  const before = wakeups('idle')
  const resident = residentRuntimes()
  const [listed, others] = [names('one').slice(0, LISTED - 1), names('one').slice(LISTED - 1)]
  stop(others)
  // Nothing is removed before this: for a minute after that, ext4 would check the freed inodes one
  // by one for each new one.
  const atOnce = await millisecondsAtOnce(names('all').map((name) => start(images, name)))
  stop(names('all'))
  remove([...others, ...names('all')])
  const listing = median(Array.from({ length: LISTINGS }, () => milliseconds('appc', 'list')))
  stop(listed)
  remove(listed)
  const figures: Figure[] = [
    { name: 'one idle pod, all of ours (PSS)', value: idleBytes('idle') / 1e6, unit: 'MB', least: 1, aim: 0.3 },
    { name: 'one pod started of 50 in a row', value: median(single), unit: 'ms' },
    { name: '50 pods at once', value: atOnce, unit: 'ms' },
    { name: '50 pods at once / sum of 50 single starts', value: atOnce / sum(single), unit: '×', least: 0.7, aim: 0.5 },
    { name: `appc list of ${LISTED} pods`, value: listing, unit: 'ms', least: 40, aim: 30 },
    { name: 'wake-ups of an idle pod init meanwhile', value: wakeups('idle') - before, unit: '', least: 0, aim: 0 },
    { name: 'resident processes of the runtime', value: resident, unit: '', least: 0, aim: 0 },
    { name: 'daemon-reloads', value: reloads(), unit: '', least: 0, aim: 0 },
  ]
  stop(['idle'])
  remove(['idle'])
  return figures
}

const sum = (samples: readonly number[]) => samples.reduce((total, sample) => total + sample, 0)

const stop = (pods: readonly string[]): unknown => output('appc', 'stop', '--force', ...pods)

const remove = (pods: readonly string[]): unknown => output('appc', 'rm', ...pods)

const podInit = (name: string) =>
  Number(output('systemctl', 'show', '--value', '-p', 'MainPID', `appc-${name}.service`).trim())

const wakeups = (name: string) =>
  Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`/proc/${podInit(name)}/status`, 'utf8'))?.[1])

/** Proportional set size of all processes of the pod except the app's own. */
function idleBytes(name: string): number {
  const cgroup = join(
    '/sys/fs/cgroup',
    output('systemctl', 'show', '--value', '-p', 'ControlGroup', `appc-${name}.slice`).trim(),
  )
  const app = output('systemctl', 'show', '--value', '-p', 'MainPID', `appc-${name}-tiny.service`).trim()
  const processes = readdirSync(cgroup, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('cgroup.procs'))
    .flatMap((path) => readFileSync(join(cgroup, path), 'utf8').split('\n').filter(Boolean))
    .filter((pid) => pid !== app)
  if (processes.length === 0) throw new Error(`appc-${name}.slice holds no process`)
  const kilobytes = processes.map((pid) =>
    Number(/^Pss:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]),
  )
  return sum(kilobytes) * 1024
}

const residentRuntimes = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isRuntime(pid)).length

function isRuntime(pid: string): boolean {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)) === 'runtime'
  } catch {
    return false
  }
}

const reloads = () =>
  output('journalctl', '--boot', '--quiet', '_PID=1', '--output=cat')
    .split('\n')
    .filter((line) => /Reload(ing|ed)\b.*(requested|finished|\.\.\.)/.test(line)).length
