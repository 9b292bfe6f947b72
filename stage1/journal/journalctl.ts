import { spawn, type ChildProcess } from 'node:child_process'
import { RuntimeError } from '#schema/errors.js'
import { ExportReader, type Entry } from './export-format.js'

const FIELDS = 'MESSAGE,PRIORITY,_LINE_BREAK'

/** The lines of one pod's apps (and of what prepares them), oldest first. */
export class PodJournal {
  readonly #uuid: string
  readonly #take: (entry: Entry) => void
  #cursor: string | undefined
  #follower: ChildProcess | undefined

  /** `take` gets each entry once, in the journal's order. */
  constructor(uuid: string, take: (entry: Entry) => void) {
    this.#uuid = uuid
    this.#take = take
  }

  /** Follows the journal until {@link readRest}. */
  follow(): void {
    this.#follower ??= this.#read(['--follow'], () => this.#follower !== undefined)
  }

  /** Reads what the journal holds now and was not read yet; the last call. */
  async readRest(): Promise<void> {
    const follower = this.#follower
    this.#follower = undefined
    follower?.kill()
    const child = this.#read([], () => true)
    await new Promise<void>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(new RuntimeError('HOST_UNSUPPORTED', 'journalctl: cannot be run', { cause })),
      )
      child.once('close', () => resolve())
    })
  }

  #read(how: readonly string[], wanted: () => boolean): ChildProcess {
    const after = this.#cursor === undefined ? [] : [`--after-cursor=${this.#cursor}`]
    const match = [`APPC_POD_UUID=${this.#uuid}`, '_TRANSPORT=stdout']
    const words = ['--quiet', '--lines=all', '--output=export', `--output-fields=${FIELDS}`, ...how, ...after, ...match]
    const child = spawn('journalctl', words, { stdio: ['ignore', 'pipe', 'ignore'] })
    // A follower that cannot run is no loss: what it would have read, readRest() reads or complains.
    child.on('error', () => undefined)
    const reader = new ExportReader()
    child.stdout.on('data', (piece: Buffer) => {
      if (!wanted()) return
      for (const entry of reader.push(piece)) {
        this.#cursor = entry.get('__CURSOR')?.toString() ?? this.#cursor
        this.#take(entry)
      }
    })
    return child
  }
}
