import { visibleJSON } from '#schema/visible.js'
import type { Progress } from '../../fetch/progress.js'

/** Milliseconds between two events about the bytes of one image. */
const PAUSE = 200

/** One JSON object per line: `start`, `progress` (bytes, and of how many), `end` (how). */
export function jsonProgress(write: (line: string) => void, now: () => number = Date.now): Progress {
  const say = (event: string, fields: object): void => {
    write(visibleJSON({ event, ...fields }))
  }
  return {
    start: (work) => {
      let told = -Infinity
      let latest: { readonly bytes: number; readonly total?: number } = { bytes: 0 }
      say('start', work)
      return {
        update: (bytes, total) => {
          latest = { bytes, ...(total !== undefined && { total }) }
          if (now() - told < PAUSE) return
          told = now()
          say('progress', { image: work.image, kind: work.kind, ...latest })
        },
        end: (outcome) => {
          say('end', { image: work.image, kind: work.kind, outcome, ...latest })
        },
      }
    },
    pause: () => ({ [Symbol.dispose]: () => undefined }),
  }
}
