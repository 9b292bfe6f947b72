/** A long operation whose progress is reported. */
export interface Work {
  /** The image for people: its name if it was requested by name, else its path or URL. */
  readonly image: string
  /** `download`: over the network; `decrypt`: with a passphrase; `read`: into the store. */
  readonly kind: 'download' | 'decrypt' | 'read'
  /** The URL of a download, for people. */
  readonly from?: string
}

/** Reports the progress of fetches. */
export interface Progress {
  start(work: Work): Task
  /** Writes nothing until the result is disposed: the terminal is needed for a question. */
  pause(): Disposable
}

export interface Task {
  /** Bytes so far, and all bytes if their number is known. */
  update(bytes: number, total?: number): void
  /** `unchanged`: the server has nothing newer. */
  end(outcome: Outcome): void
}

export type Outcome = 'done' | 'unchanged' | 'failed'

/** Does the work and reports its end to `progress`: `done`, unless `work` ended the task itself. */
export async function reportProgress<T>(
  progress: Progress,
  subject: Work,
  work: (task: Task) => Promise<T>,
): Promise<T> {
  const task = progress.start(subject)
  let ended = false
  const end = (outcome: Outcome): void => {
    if (!ended) task.end(outcome)
    ended = true
  }
  try {
    const result = await work({
      update: (bytes, total) => {
        task.update(bytes, total)
      },
      end,
    })
    end('done')
    return result
  } catch (error) {
    end('failed')
    throw error
  }
}
