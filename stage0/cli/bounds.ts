import type { Bound, LogRateLimit } from '#schema/bounds.js'
import type { BoundsView } from '../pod/view.js'
import { size } from './output.js'

/** Bounds for display, in the form of the options of `appc run`: name and value. */
export const boundFields = (bounds: BoundsView): readonly (readonly [string, string])[] => [
  ['shm-size', size(bounds.shm_size)],
  ['tasks-max', String(bounds.tasks_max)],
  ['terminals', String(bounds.terminals)],
  ['start-timeout', time(bounds.start_timeout)],
  ['stop-timeout', time(bounds.stop_timeout)],
  ['core', typeof bounds.core === 'number' && bounds.core > 0 ? size(bounds.core) : String(bounds.core)],
  ['log-rate-limit', rate(bounds.log_rate_limit)],
]

const time = (bound: Bound): string =>
  bound === 'infinity' ? bound : bound % 1000 === 0 ? `${bound / 1000}s` : `${bound}ms`

const rate = (limit: LogRateLimit): string =>
  typeof limit === 'string' ? limit : `${time(limit.interval)}:${limit.burst}`
