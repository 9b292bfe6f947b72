import { boundsOf, type RunSpec } from '#schema/run-spec.js'
import type { Bound } from '#schema/bounds.js'
import { appUnit } from '#schema/unit-name.js'
import type { AppExit } from '#schema/status.js'

/** Tells whether systemd killed something of a unit because it took longer than `limit` ms. */
export type TimedOut = (unit: string, limit: number) => boolean

/**
 * What took too long when a pod ended, one line for each app: the app itself by its record (systemd's `timeout`), else, where
 * only its unit's result is that, its post-stop handler, which runs after the record was written.
 */
export function stopTimeouts(
  spec: RunSpec,
  timedOut: TimedOut,
  exitOf: (app: string) => AppExit | undefined,
): readonly string[] {
  const { stopTimeout } = boundsOf(spec)
  const limit = shown(stopTimeout)
  return spec.apps
    .filter(({ name }) => timedOut(appUnit(spec.id, name), stopTimeout === 'infinity' ? Infinity : stopTimeout))
    .flatMap(({ name }) => {
      const exit = exitOf(name)
      if (exit?.result !== 'timeout') return `app ${name}: its post-stop handler took longer than ${limit}: killed`
      return exit.code === null ? [] : `app ${name}: did not end within ${limit} after SIGTERM: killed`
    })
}

/** A bound of time for people. */
export const shown = (bound: Bound): string => (bound === 'infinity' ? 'ever' : `${bound / 1000} s`)
