import type { Progress } from '../../fetch/progress.js'
import { size } from '../output.js'

/**
 * Writes a line when a download begins and one when it ends; reading and decrypting files writes
 * none.
 */
export function plainProgress(write: (line: string) => void, now: () => number = Date.now): Progress {
  return {
    start: ({ image, kind, from = image }) => {
      if (kind !== 'download') return { update: () => undefined, end: () => undefined }
      let began: number | undefined
      let latest = 0
      return {
        update: (bytes, total) => {
          latest = bytes
          if (began !== undefined) return
          began = now()
          write(`${image}: downloading ${from}${total === undefined ? '' : ` (${size(total)})`}`)
        },
        end: (outcome) => {
          if (outcome === 'unchanged') write(`${image}: unchanged on the server`)
          if (outcome === 'done') write(`${image}: downloaded ${size(latest)} in ${seconds(now() - (began ?? now()))}`)
        },
      }
    },
    pause: () => ({ [Symbol.dispose]: () => undefined }),
  }
}

/** `0.4 s`, `12 s`, `3 min 5 s`. */
export function seconds(milliseconds: number): string {
  const total = milliseconds / 1000
  if (total < 10) return `${total.toFixed(1)} s`
  if (total < 60) return `${Math.round(total)} s`
  return `${Math.floor(total / 60)} min ${Math.floor(total % 60)} s`
}
