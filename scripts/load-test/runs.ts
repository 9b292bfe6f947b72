import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output } from '../benchmark/commands.js'
import { appc, crashed, type Ended, describe } from './command.js'
import { atATime, type Report, Tally } from './report.js'

/** Number of pods started at a time. */
const WIDTH = 3

/** Number of pods between two garbage collections. */
const COLLECT_EVERY = 250

/** Number of lines that each app writes. */
const LINES = 200
const EXPECTED = Array.from({ length: LINES }, (_, index) => `${index + 1}\n`).join('')

/** The cases for pods; each returns what was wrong, or nothing. */
const CASES: Readonly<Record<string, (image: string, index: number) => Promise<string | undefined>>> = {
  'with all of its lines': (image) => expect(run(image, `seq ${LINES}`), 0, EXPECTED),
  'with an exit status of its own': (image, index) => {
    const status = (index % 200) + 1
    return expect(run(image, `seq ${LINES}; exit ${status}`), status, EXPECTED)
  },
  'killed by a signal': (image) => expect(run(image, `seq ${LINES}; kill -KILL $$`), 137, EXPECTED),
  'stopped by Ctrl-C': async (image, index) => {
    const ended = await appc(words(image, 'trap "exit 3" TERM; echo up; while :; do sleep 0.05; done'), {
      signal: 'SIGINT',
      after: 250 + (index % 7) * 40,
    })
    // A signal before the app runs ends the start.
    return [3, 130, 143, 254].includes(ended.code ?? -1) || ended.signal === 'SIGINT' ? undefined : describe(ended)
  },
  'whose launcher was killed': async (image, index) => {
    await appc(words(image, `seq ${LINES}`), { signal: 'SIGKILL', after: (index % 23) * 12 })
    return undefined
  },
  'detached, stopped and removed': async (image) => {
    const started = await appc(['run', '--net=none', '--detach', image, '--exec=/bin/sleep', '--', '1000'])
    const uuid = started.stdout.trim()
    if (started.code !== 0) return describe(started)
    const stopped = await appc(['stop', uuid])
    if (stopped.code !== 0) return describe(stopped)
    const removed = await appc(['rm', uuid])
    // A concurrent collection may have removed the pod first.
    return removed.code === 0 || /is being removed by another appc/.test(removed.stderr) ? undefined : describe(removed)
  },
}

const words = (image: string, script: string): readonly string[] => [
  ...['run', '--net=none', image, '--exec=/bin/sh', '--', '-c', script],
]

const run = (image: string, script: string): Promise<Ended> => appc(words(image, script))

async function expect(running: Promise<Ended>, status: number, stdout: string): Promise<string | undefined> {
  const ended = await running
  if (ended.code !== status) return describe(ended)
  return ended.stdout === stdout ? undefined : `${ended.stdout.split('\n').length - 1} lines of ${LINES}`
}

/** Runs `count` pods, most of them short, and checks the result of each. */
export async function runMany(count: number, scratch: string): Promise<Report> {
  const image = makeImage(scratch)
  const tally = new Tally()
  const faults: string[] = []
  const memory = [memoryOfInit()]
  const cases = Object.entries(CASES)
  await atATime(count, WIDTH, async (index) => {
    // Two of three are the plain case.
    const [name, test] = (index % 3 === 2 ? cases[Math.floor(index / 3) % cases.length] : cases[0]) ?? never()
    const fault = await test(image, index)
    tally.add(name)
    if (fault !== undefined) faults.push(`run ${index}, ${name}: ${fault}`)
    if (index % COLLECT_EVERY === COLLECT_EVERY - 1) {
      const collected = await appc(['gc', '--grace-period=0s'])
      if (collected.code !== 0 || crashed(collected)) faults.push(`gc after ${index}: ${describe(collected)}`)
      memory.push(memoryOfInit())
    }
  })
  await settled()
  const grown = `PID 1: ${memory[0] ?? 0} kB at first, ${memory.at(-1) ?? 0} kB at last`
  return { lines: [`${count} pods: ${tally.toString()}`, grown], faults }
}

/** Waits until the pods whose launcher was killed have ended. */
async function settled(): Promise<void> {
  for (const uuid of output('appc', 'list', '--quiet').split('\n').filter(Boolean))
    await appc(['status', '--wait', uuid])
}

const never = (): never => {
  throw new Error('no such case')
}

const memoryOfInit = (): number => Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync('/proc/1/status', 'utf8'))?.[1])

/** An image of busybox. */
function makeImage(scratch: string): string {
  const layout = join(scratch, 'busybox')
  const bin = join(layout, 'rootfs/bin')
  mkdirSync(bin, { recursive: true })
  copyFileSync('/bin/busybox', join(bin, 'busybox'))
  for (const applet of ['sh', 'seq', 'sleep']) symlinkSync('busybox', join(bin, applet))
  const app = { exec: ['/bin/sh'], user: '0', group: '0' }
  const manifest = { acKind: 'ImageManifest', acVersion: '0.8.11', name: 'load.invalid/busybox', app }
  writeFileSync(join(layout, 'manifest'), JSON.stringify(manifest))
  output('appc', 'build', layout, join(scratch, 'busybox.aci'))
  return output('appc', 'fetch', '--insecure-options=image', join(scratch, 'busybox.aci')).trim()
}
