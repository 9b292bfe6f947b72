/** The signals that end a process which does nothing about them. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** An abort signal for what must not be left half done. */
export interface Interruption extends Disposable {
  /** Aborted by the first of the signals; its reason is the name of that. */
  readonly signal: AbortSignal
}

/** Receives the signals that would end this process, until it is disposed of. */
export function abortOnSignal(): Interruption {
  const controller = new AbortController()
  const abort = (name: NodeJS.Signals): void => controller.abort(name)
  for (const name of SIGNALS) process.on(name, abort)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, abort)
    },
  }
}
