import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type Answer, formatGCRequest, type GCRequest, parseAnswer } from '#schema/stage1.js'
import { unanswered, warningsOf } from './stage1.js'

/** A request whose answer has not come. */
interface Pending {
  readonly uuid: string
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** A `stage1 gc` that runs: it gets one request after another, and gives one answer for each, in the same order. */
export class Stage1Collector {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #pending: Pending[] = []
  readonly #closed: Promise<void>
  #stderr = ''
  /** Why no answer comes any more: the error of a request. */
  #failure: ((uuid: string) => unknown) | undefined

  /** Starts `program`, a stage1 launcher. */
  constructor(program: string) {
    this.#child = spawn(program, ['gc'], { cwd: '/' })
    const { stdin, stdout, stderr } = this.#child
    // The end of its stdout tells the same.
    stdin.on('error', () => undefined)
    stderr.setEncoding('utf8').on('data', (piece: string) => (this.#stderr += piece))
    createInterface({ input: stdout }).on('line', (line) => this.#answer(line))
    this.#closed = new Promise((resolve) => {
      const close = (failure: (uuid: string) => unknown): void => {
        this.#failure ??= failure
        for (const { uuid, reject } of this.#pending.splice(0)) reject(failure(uuid))
        resolve()
      }
      this.#child.on('error', (error) => close(() => error))
      this.#child.on('close', (code, signal) => close((uuid) => unanswered(uuid, 'gc', signal ?? code, this.#stderr)))
    })
  }

  /** Has what one pod left removed. Gives warnings. Errors: those of `stage1 gc`; INTERNAL where it ended instead. */
  async collect(request: GCRequest): Promise<readonly string[]> {
    const { uuid } = request
    const answer = await new Promise<Answer>((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure(uuid)
      this.#pending.push({ uuid, resolve, reject })
      this.#child.stdin.write(formatGCRequest(request))
    })
    return warningsOf(uuid, answer)
  }

  /** Lets it end and waits until it has. */
  async end(): Promise<void> {
    this.#child.stdin.end()
    await this.#closed
  }

  #answer(line: string): void {
    const pending = this.#pending.shift()
    if (pending === undefined) return
    const answer = parseAnswer(line)
    if (answer === null) pending.reject(unanswered(pending.uuid, 'gc', null, line))
    else pending.resolve(answer)
  }
}
