/** Something that takes a while. */
export interface Work {
  /** What people call the image: its name where it was asked for by name, else its path or URL. */
  readonly image: string
  /** `download`: over the network; `decrypt`: with a passphrase; `read`: into the store. */
  readonly kind: 'download' | 'decrypt' | 'read'
  /** The URL of a download, for people. */
  readonly from?: string
}

/** Where the story of what is fetched goes. */
export interface Progress {
  start(work: Work): Task
  /** Writes nothing until disposed of: the terminal is needed for a question. */
  pause(): Disposable
}

export interface Task {
  /** Bytes so far, and of how many where that is known. */
  update(bytes: number, total?: number): void
  /** `unchanged`: the server has nothing newer. */
  end(outcome: Outcome): void
}

export type Outcome = 'done' | 'unchanged' | 'failed'

/** Does the work and tells `progress` how it ends; it is done unless `work` said otherwise. */
export async function told<T>(progress: Progress, what: Work, work: (task: Task) => Promise<T>): Promise<T> {
  const task = progress.start(what)
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
