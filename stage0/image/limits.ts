import type { IngestLimits } from '#native'

/** What an image may cost this host before it is refused: far above any real image. */
export const LIMITS: IngestLimits = {
  tarBytes: 64 * 2 ** 30,
  entries: 4_000_000,
  manifestBytes: 4 * 2 ** 20,
  expansion: 1100,
}
