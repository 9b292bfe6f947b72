import type { Progress } from '../../fetch/progress.js'
import { size } from '../output.js'

/** A line where a download begins and one where it ends; files are read and decrypted without a word. */
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
  const whole = milliseconds / 1000
  if (whole < 10) return `${whole.toFixed(1)} s`
  if (whole < 60) return `${Math.round(whole)} s`
  return `${Math.floor(whole / 60)} min ${Math.floor(whole % 60)} s`
}
