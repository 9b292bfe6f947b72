/** Runs `clean` before Ctrl-C, or what else asks the process to end, ends it. What it gives takes that back. */
export function onSignal(clean: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const end = (signal: NodeJS.Signals): void => {
    clean()
    unwatch()
    process.kill(process.pid, signal)
  }
  const unwatch = (): void => {
    for (const signal of signals) process.removeListener(signal, end)
  }
  for (const signal of signals) process.on(signal, end)
  return unwatch
}
