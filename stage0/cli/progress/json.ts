import { visibleJSON } from '#schema/visible.js'
import type { Progress } from '../../fetch/progress.js'

/** Milliseconds between two events about the bytes of one image. */
const INTERVAL_MS = 200

/**
 * Writes one JSON object per line: `start`, `progress` (bytes, and the total), `end` (the outcome).
 */
export function jsonProgress(write: (line: string) => void, now: () => number = Date.now): Progress {
  const report = (event: string, fields: object): void => {
    write(visibleJSON({ event, ...fields }))
  }
  return {
    start: (work) => {
      let lastReport = -Infinity
      let latest: { readonly bytes: number; readonly total?: number } = { bytes: 0 }
      report('start', work)
      return {
        update: (bytes, total) => {
          latest = { bytes, ...(total !== undefined && { total }) }
          if (now() - lastReport < INTERVAL_MS) return
          lastReport = now()
          report('progress', { image: work.image, kind: work.kind, ...latest })
        },
        end: (outcome) => {
          report('end', { image: work.image, kind: work.kind, outcome, ...latest })
        },
      }
    },
    pause: () => ({ [Symbol.dispose]: () => undefined }),
  }
}
