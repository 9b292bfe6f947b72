import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type Answer, formatGCRequest, type GCRequest, parseAnswer } from '#schema/stage1.js'
import { noAnswerError, warningsOf } from './stage1.js'

/** A request without an answer yet. */
interface Pending {
  readonly uuid: string
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * A running `stage1 gc`. It reads one request after another, and writes one answer for each, in the
 * same order.
 */
export class Stage1Collector {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #pending: Pending[] = []
  readonly #closed: Promise<void>
  #stderr = ''
  /** Gives the error of a request, once no more answers can come. */
  #failure: ((uuid: string) => unknown) | undefined

  /** Starts `program`, a stage1 launcher. */
  constructor(program: string) {
    this.#child = spawn(program, ['gc'], { cwd: '/' })
    const { stdin, stdout, stderr } = this.#child
    // The end of its stdout reports the same.
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
      this.#child.on('close', (code, signal) =>
        close((uuid) => noAnswerError(uuid, 'gc', signal ?? code, this.#stderr)),
      )
    })
  }

  /**
   * Lets `stage1 gc` remove what one pod left. Gives its warnings. Errors: those of `stage1 gc`;
   * INTERNAL where it ended without an answer.
   */
  async collect(request: GCRequest): Promise<readonly string[]> {
    const { uuid } = request
    const answer = await new Promise<Answer>((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure(uuid)
      this.#pending.push({ uuid, resolve, reject })
      this.#child.stdin.write(formatGCRequest(request))
    })
    return warningsOf(uuid, answer)
  }

  /** Closes its stdin and waits until it has ended. */
  async end(): Promise<void> {
    this.#child.stdin.end()
    await this.#closed
  }

  #answer(line: string): void {
    const pending = this.#pending.shift()
    if (pending === undefined) return
    const answer = parseAnswer(line)
    if (answer === null) pending.reject(noAnswerError(pending.uuid, 'gc', null, line))
    else pending.resolve(answer)
  }
}
