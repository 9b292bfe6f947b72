import { closeSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { native } from '#native'
import { dataDir, PLACES, type DataDir } from '../../stage0/data-dir.js'
import { readRunSpec } from '../../stage0/pod/records.js'
import type { PodView } from '../../stage0/pod/view.js'
import { buildImage, type ImageOptions } from './images.js'
import { appc, seen, start, type RunOptions, type Seen } from './run-cli.js'
import { loadedUnits } from './systemd.js'

/** The reason why tests that run pods cannot run here; false if they can. */
export const noPods: string | false =
  process.getuid?.() === 0 && existsSync('/run/systemd/system') && existsSync('/bin/busybox')
    ? false
    : 'needs root, a running systemd and busybox: scripts/testbed exec'

/** A started `appc` that a test can watch. */
export interface Watched {
  readonly pid: number
  readonly ended: Promise<Seen>
  /** Settles when stdout contains the text; fails if the program ends before. */
  readonly shows: (text: string) => Promise<void>
  readonly kill: (signal: NodeJS.Signals) => void
  /** Stops reading its stdout until the returned function is called. */
  readonly hold: () => () => void
}

/** A data directory for one test file, and `appc` that works in it. */
export interface PodHost {
  readonly dir: DataDir
  /** A directory for the test file's other files. */
  readonly scratch: string
  readonly image: (options?: ImageOptions) => string
  readonly appc: (words: readonly string[], options?: RunOptions) => Promise<Seen>
  /** Like `appc`, for calls that must succeed; returns stdout without the last newline. */
  readonly ok: (words: readonly string[], options?: RunOptions) => Promise<string>
  /** `appc run WORDS…`. */
  readonly run: (...words: string[]) => Promise<Seen>
  readonly start: (words: readonly string[], options?: RunOptions) => Watched
  /** Starts a pod in the background; returns its UUID. */
  readonly detach: (...words: string[]) => Promise<string>
  readonly list: () => Promise<PodView[]>
  readonly status: (pod: string, ...words: string[]) => Promise<PodView>
}

/**
 * Creates a host for the tests of one file. After the file its pods are stopped and removed; the
 * file fails if anything of them is left on the machine.
 */
export function podHost(parent = '/var/tmp'): PodHost {
  // Not below /tmp: an overlay's upper layer needs a file system that supports it.
  const root = mkdtempSync(join(parent, 'appc-test-'))
  const scratch = join(root, 'scratch')
  mkdirSync(scratch)
  const dir = dataDir(join(root, 'data'))
  const ids = new Set<string>()
  const words = (args: readonly string[]): string[] => [`--dir=${dir.root}`, ...args]
  const call = async (args: readonly string[], options?: RunOptions): Promise<Seen> => {
    const answer = await appc(words(args), options)
    for (const id of idsIn(dir)) ids.add(id)
    return answer
  }
  const ok = async (args: readonly string[], options?: RunOptions): Promise<string> => {
    const answer = await call(args, options)
    assert.equal(answer.status, 0, `appc ${args.join(' ')}: ${answer.stderr}`)
    return answer.stdout.replace(/\n$/, '')
  }
  const json = async <Value>(...args: string[]): Promise<Value> =>
    JSON.parse(await ok([...args, '--format=json'])) as Value
  after(async () => {
    for (const id of idsIn(dir)) ids.add(id)
    try {
      await removeAll(dir, call)
      checkLeaks(root, dir, ids)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
  return {
    dir,
    scratch,
    image: (options) => buildImage(scratch, options),
    appc: call,
    ok,
    run: (...args) => call(['run', ...args]),
    start: (args, options) => watch(words(args), options),
    detach: async (...args) => {
      const file = join(mkdtempSync(join(scratch, 'uuid-')), 'uuid')
      const shown = await ok(['run', '--detach', `--uuid-file-save=${file}`, ...args])
      assert.equal(shown, readFileSync(file, 'utf8').trim())
      return shown
    },
    list: () => json('list'),
    status: (pod, ...args) => json('status', pod, ...args),
  }
}

function watch(words: readonly string[], options?: RunOptions): Watched {
  const child = start(words, options)
  child.stdin.end()
  let output = ''
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    for (const look of waiting) look()
  })
  const ended = seen(child)
  const shows = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!output.includes(text)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
      ended.then((end) => reject(new Error(`ended without showing ${text}: ${JSON.stringify(end)}`)), reject)
    })
  assert.ok(child.pid)
  const hold = (): (() => void) => {
    child.stdout.pause()
    return () => void child.stdout.resume()
  }
  return { pid: child.pid, ended, shows, kill: (signal) => void child.kill(signal), hold }
}

function idsIn(dir: DataDir): string[] {
  return PLACES.flatMap((place) => {
    const path = dir.place(place)
    const uuids = existsSync(path) ? readdirSync(path) : []
    return uuids.flatMap((uuid) => readRunSpec(join(path, uuid)).id ?? uuid.slice(0, 8))
  })
}

type Call = (words: readonly string[]) => Promise<Seen>

async function removeAll(dir: DataDir, call: Call): Promise<void> {
  if (!existsSync(dir.root)) return
  const running = readdirSync(dir.place('run'))
  if (running.length > 0) await call(['stop', '--force', ...running])
  const collected = await call(['gc', '--grace-period=0', '--expire-prepared=0'])
  assert.equal(collected.status, 0, collected.stderr)
}

/**
 * Checks for everything that a pod could leave: directories, locks, processes and their namespaces,
 * mounts, units, cgroups.
 */
function checkLeaks(root: string, dir: DataDir, ids: ReadonlySet<string>): void {
  const left: string[] = []
  if (existsSync(dir.root)) {
    for (const place of PLACES) left.push(...readdirSync(dir.place(place)).map((uuid) => `${place}/${uuid}`))
    left.push(...readdirSync(dir.tmp).map((name) => `tmp/${name}`))
    for (const path of [dir.pods, ...readdirSync(dir.cas).map(dir.image)]) {
      const fd = native.tryLock(path, 'exclusive')
      if (fd === null) left.push(`lock on ${path}`)
      else closeSync(fd)
    }
  }
  left.push(...processesOf(root), ...unitsOf(ids), ...cgroupsOf(ids), ...fieldsOf(ids))
  assert.deepEqual(left, [], 'left behind')
}

/**
 * Processes that see a mount below this directory (which keeps its mount namespace alive) or work
 * in the directory, and host mounts.
 */
function processesOf(root: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      const sees = [text(`/proc/${pid}/mountinfo`), link(`/proc/${pid}/cwd`), link(`/proc/${pid}/root`)]
      return sees.some((path) => path.includes(`${root}/`))
        ? [`process ${pid}: ${text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`]
        : []
    })
}

const unitsOf = (ids: ReadonlySet<string>): readonly string[] =>
  ids.size === 0 ? [] : loadedUnits(...[...ids].flatMap((id) => [`appc-${id}.*`, `appc-${id}-*`, `appc-stop@${id}.*`]))

const cgroupsOf = (ids: ReadonlySet<string>): string[] =>
  [...ids].map((id) => `/sys/fs/cgroup/appc.slice/appc-${id}.slice`).filter((path) => existsSync(path))

/** systemd's records about them for journald. */
const fieldsOf = (ids: ReadonlySet<string>): string[] =>
  readdirSync('/run/systemd/units').filter((file) =>
    [...ids].some((id) => file.includes(`:appc-${id}.`) || file.includes(`:appc-${id}-`)),
  )

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
