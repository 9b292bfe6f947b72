import { boundsOf, type RunSpec } from '#schema/run-spec.js'
import type { Bound } from '#schema/bounds.js'
import { appUnit } from '#schema/unit-name.js'
import type { AppExit } from '#schema/status.js'

/** Whether systemd killed a process of a unit because it took longer than `limit` ms. */
export type TimedOut = (unit: string, limit: number) => boolean

/**
 * One line for each app that took too long when the pod ended: the app itself where its record says
 * so (systemd's result `timeout`). Where only the result of its unit says so, it was the post-stop
 * handler, which runs after the record was written.
 */
export function stopTimeouts(
  spec: RunSpec,
  timedOut: TimedOut,
  exitOf: (app: string) => AppExit | undefined,
): readonly string[] {
  const { stopTimeout } = boundsOf(spec)
  const limit = formatBound(stopTimeout)
  return spec.apps
    .filter(({ name }) => timedOut(appUnit(spec.id, name), stopTimeout === 'infinity' ? Infinity : stopTimeout))
    .flatMap(({ name }) => {
      const exit = exitOf(name)
      if (exit?.result !== 'timeout') return `app ${name}: its post-stop handler took longer than ${limit}: killed`
      return exit.code === null ? [] : `app ${name}: did not end within ${limit} after SIGTERM: killed`
    })
}

/** Formats a bound of time, in ms, for people. */
export const formatBound = (bound: Bound): string => (bound === 'infinity' ? 'ever' : `${bound / 1000} s`)
