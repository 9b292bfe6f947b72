/**
 * Runs `cleanUp` before SIGINT (Ctrl-C), SIGTERM or SIGHUP ends the process. Returns a function
 * that ends this watch.
 */
export function onSignal(cleanUp: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const end = (signal: NodeJS.Signals): void => {
    cleanUp()
    unwatch()
    process.kill(process.pid, signal)
  }
  const unwatch = (): void => {
    for (const signal of signals) process.removeListener(signal, end)
  }
  for (const signal of signals) process.on(signal, end)
  return unwatch
}
