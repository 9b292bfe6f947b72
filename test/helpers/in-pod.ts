import { execFileSync, spawn, spawnSync, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { POD_DIR } from '#schema/pod-dir.js'
import type { AppPlan, MountOp, PodPlan } from '../../stage1/plan/pod-plan.js'

/** The in-pod program of this build. */
export const APPC_INIT = fileURLToPath(new URL('../../dist/lib/appc/appc-init', import.meta.url))

/** The reason why tests of the in-pod program cannot run here; false if they can. */
export const cannotRun = (): string | false => {
  if (process.getuid?.() !== 0) return 'needs root'
  if (!existsSync('/run/systemd/system')) return 'needs systemd as PID 1'
  if (!existsSync('/bin/busybox')) return 'needs a static busybox'
  return existsSync(APPC_INIT) ? false : 'appc-init is not built'
}

const PARENT = '/var/lib/appc/test-in-pod'
const APPLETS = [
  'sh',
  'sleep',
  'ls',
  'cat',
  'id',
  'echo',
  'ps',
  'true',
  'kill',
  'readlink',
  'grep',
  'stat',
  'tty',
  'hostname',
]
const BASE: readonly MountOp[] = [
  { op: 'filesystem', type: 'proc', target: '/proc', flags: ['nosuid', 'nodev', 'noexec'], options: [] },
  { op: 'filesystem', type: 'tmpfs', target: '/dev', flags: ['nosuid'], options: ['mode=0755'] },
  { op: 'device', target: '/dev/null', major: 1, minor: 3, mode: 0o666 },
  {
    op: 'filesystem',
    type: 'devpts',
    target: '/dev/pts',
    flags: ['nosuid', 'noexec'],
    options: ['newinstance', 'ptmxmode=0666', 'mode=0620'],
  },
]

/** An app of a test; by default it runs as root with few capabilities in a busybox root. */
export interface TestApp extends Partial<AppPlan> {
  /** After the overlay, /proc, /dev and /dev/pts. */
  readonly mounts?: readonly MountOp[]
}

/** The result of a command. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface JournalEntry {
  readonly MESSAGE: string
  readonly PRIORITY: string
  readonly SYSLOG_IDENTIFIER: string
  readonly _PID: string
}

export const command = (file: string, ...args: string[]): Outcome => spawnSync(file, args, { encoding: 'utf8' })

/** A pod directory built by hand, and the units that run it. */
export class InPod implements Disposable {
  readonly uuid = randomUUID()
  readonly id: string
  readonly directory: string
  readonly image: string
  readonly unit: string
  #lock: number | undefined

  /** `name` may contain any character of a file name. */
  constructor(apps: Readonly<Record<string, TestApp>>, plan: Partial<PodPlan> = {}, name: string = this.uuid) {
    this.id = `t${this.uuid.slice(0, 8)}`
    this.unit = `${this.id}.service`
    this.directory = join(PARENT, name)
    this.image = join(this.directory, 'image')
    this.#makeImage()
    for (const [app, spec] of Object.entries(apps)) this.#writeApp(app, spec)
    this.#lock = openSync(join(this.directory, POD_DIR.lock), 'a+')
    execFileSync('flock', ['-xn', '3'], { stdio: ['ignore', 'inherit', 'inherit', this.#lock] })
    this.write(POD_DIR.podPlan, {
      version: 1,
      uuid: this.uuid,
      hostname: 'in-pod',
      // No launcher.
      network: { join: { pid: 0, fd: 0 } },
      lock: { pid: process.pid, fd: this.#lock },
      // No launcher.
      launcher: { pid: 0, fd: 0 },
      data: this.directory,
      shared: [],
      apps: Object.keys(apps),
      ...plan,
    } satisfies PodPlan)
  }

  /** Writes JSON below the pod directory. */
  write(path: string, content: unknown): void {
    const file = join(this.directory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(content))
  }

  /** Reads a file of the pod directory; empty if it is missing. */
  read(path: string): string {
    const file = join(this.directory, path)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  /** Closes the lock, as a launcher does when it ends. */
  closeLock(): void {
    if (this.#lock !== undefined) closeSync(this.#lock)
    this.#lock = undefined
  }

  appUnit(app: string): string {
    return `${this.id}-${app}.service`
  }

  /** Starts the pod's unit and waits until it is ready or has failed. */
  start(...options: string[]): Outcome {
    return this.#run(this.unit, options, 'pod', this.directory)
  }

  /** Starts a client that is attached to an app. */
  attachAsync(app: string): ChildProcessByStdio<null, Readable, Readable> {
    return spawn(APPC_INIT, ['attach', this.directory, app], { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** Starts an app's unit and waits until it has started, or with `--wait` until it has ended. */
  startApp(app: string, ...options: string[]): Outcome {
    return this.#run(this.appUnit(app), options, 'app', this.directory, app)
  }

  /** Runs an app to its end; returns its exit status according to systemd, and its journal. */
  runApp(app: string): { readonly status: number; readonly journal: string } {
    this.startApp(app, '--wait')
    const lines = this.journal(app).map(({ MESSAGE }) => MESSAGE)
    return { status: Number(this.show(this.appUnit(app))['ExecMainStatus']), journal: lines.join('\n') }
  }

  /** Runs a handler in a unit of its own; returns its exit status and its journal. */
  runHandler(
    app: string,
    event: 'pre-start' | 'post-stop',
  ): { readonly status: number | null; readonly journal: string } {
    const unit = `${this.id}-${randomUUID()}.service`
    // Not Type=exec: systemd 252 reports a failed start if the program ends before systemd has
    // noticed its start.
    const options = ['--wait', '--collect', '--property=Type=simple', '--property=StandardOutput=null']
    const before = this.journal(app).length
    const { status } = this.#run(unit, options, 'handler', this.directory, app, event)
    const entries = [...this.journal(app).slice(before), ...this.#journalOf(unit)]
    return { status, journal: entries.map(({ MESSAGE }) => MESSAGE).join('\n') }
  }

  /** Runs `enter` with pipes as standard streams. */
  enter(app: string, ...words: string[]): Outcome {
    return command(APPC_INIT, 'enter', this.directory, app, '--', ...words)
  }

  /** Starts `enter` without waiting for its end. */
  enterAsync(app: string, ...words: string[]): ChildProcess {
    return spawn(APPC_INIT, ['enter', this.directory, app, '--', ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  /** Properties of a unit: `Name=value` lines as an object. */
  show(unit: string): Readonly<Record<string, string | undefined>> {
    const lines = command('systemctl', 'show', unit).stdout.split('\n')
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
  }

  /** The output of the processes of an app's unit, or of the pod's unit. */
  journal(app?: string): JournalEntry[] {
    if (app === undefined) return this.#journalOf(this.unit)
    // Ends when the pod's init has passed on the output of the app's processes; if it is refused,
    // the init did so before.
    command(APPC_INIT, 'attach', this.directory, app)
    return this.#journalOf(this.appUnit(app))
  }

  #journalOf(unit: string): JournalEntry[] {
    command('journalctl', '--sync')
    const matches = [`_SYSTEMD_UNIT=${unit}`, '+', '_UID=0', `OBJECT_SYSTEMD_UNIT=${unit}`]
    const lines = command('journalctl', '--output=json', ...matches)
      .stdout.split('\n')
      .filter(Boolean)
    return lines.map((line) => JSON.parse(line) as JournalEntry)
  }

  [Symbol.dispose](): void {
    this.closeLock()
    command('systemctl', 'stop', `${this.id}-*`, this.unit)
    command('systemctl', 'reset-failed', `${this.id}*`)
    rmSync(this.directory, { recursive: true, force: true })
  }

  #run(unit: string, options: string[], ...words: string[]): Outcome {
    const properties = ['--property=Type=notify', '--property=NotifyAccess=all', ...options]
    return command('systemd-run', '--quiet', `--unit=${unit}`, ...properties, '--', APPC_INIT, ...words)
  }

  #makeImage(): void {
    for (const directory of ['bin', 'etc', 'tmp', 'proc']) mkdirSync(join(this.image, directory), { recursive: true })
    copyFileSync('/bin/busybox', join(this.image, 'bin/busybox'))
    for (const applet of APPLETS) symlinkSync('busybox', join(this.image, 'bin', applet))
    writeFileSync(
      join(this.image, 'etc/passwd'),
      'root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n1000:x:77:77::/:/bin/sh\n',
    )
    writeFileSync(join(this.image, 'etc/group'), 'root:x:0:\nweb:x:34:\n')
  }

  #overlay(app: string): MountOp {
    const [upper, work] = [join(this.directory, POD_DIR.upper(app)), join(this.directory, POD_DIR.work(app))]
    for (const directory of [upper, work]) mkdirSync(directory, { recursive: true })
    return { op: 'overlay', lowers: [this.image], upper, work }
  }

  #writeApp(name: string, spec: TestApp): void {
    const plan: AppPlan = {
      version: 1,
      name,
      unit: this.appUnit(name),
      exec: ['sleep', 'infinity'],
      user: '0',
      group: '0',
      supplementaryGIDs: [],
      workingDirectory: '/',
      environment: ['PATH=/bin'],
      capabilities: ['CAP_CHOWN', 'CAP_KILL'],
      noNewPrivileges: false,
      seccomp: null,
      terminal: null,
      cgroup: false,
      stdin: false,
      journalFields: [`SYSLOG_IDENTIFIER=${name}`, `OBJECT_SYSTEMD_UNIT=${this.appUnit(name)}`],
      preStart: null,
      postStop: null,
      ...spec,
      mounts: [this.#overlay(name), ...BASE, ...(spec.mounts ?? [])],
    }
    this.write(POD_DIR.appPlan(name), plan)
  }
}
