/** What signals do: the first one stops the pod, a later SIGINT kills it. */
export interface OnSignal {
  readonly stop: () => Promise<unknown>
  readonly kill: () => Promise<unknown>
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Turns signals to this process into requests to systemd. Their errors are ignored: a request fails
 * only where the pod has ended.
 */
export function stopOnSignal({ stop, kill }: OnSignal): void {
  let stopping = false
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (!stopping) stop().catch(() => undefined)
      else if (signal === 'SIGINT') kill().catch(() => undefined)
      stopping = true
    })
  }
}
