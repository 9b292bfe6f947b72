/** What a signal asks for: the first to stop the pod, a second interrupt to kill it. */
export interface OnSignal {
  readonly stop: () => Promise<unknown>
  readonly kill: () => Promise<unknown>
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Turns signals to this process into requests to systemd, which fails only where the pod is gone. */
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
