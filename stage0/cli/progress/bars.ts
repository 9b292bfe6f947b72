import { visible } from '#schema/visible.js'
import type { Progress, Work } from '../../fetch/progress.js'
import { size } from '../output.js'
import { seconds } from './plain.js'

/** Milliseconds between two redraws. */
const INTERVAL_MS = 100

interface Bar {
  readonly work: Work
  readonly began: number
  /** The bytes that existed before, if a download is resumed. */
  first: number | undefined
  bytes: number
  total: number | undefined
}

/**
 * Shows one line per image, which is redrawn. A finished download leaves a line, a finished read of
 * a file does not.
 *
 * @param columns returns the width of the terminal
 */
export function barProgress(
  write: (text: string) => void,
  columns: () => number,
  now: () => number = Date.now,
): Progress {
  const bars = new Set<Bar>()
  let lines = 0
  let drawn = -Infinity
  let pauses = 0
  const erase = (): void => {
    if (lines > 0) write(`\u001b[${lines}A\r\u001b[J`)
    lines = 0
  }
  const draw = (last?: string): void => {
    if (pauses > 0) return
    erase()
    const visibleBars = selectBars([...bars]).map((bar) => lineOf(bar, columns(), now()))
    const text = [...(last === undefined ? [] : [last]), ...visibleBars].map((line) => `${visible(line)}\n`).join('')
    if (text !== '') write(text)
    lines = visibleBars.length
    drawn = now()
  }
  return {
    start: (work) => {
      const bar: Bar = { work, began: now(), first: undefined, bytes: 0, total: undefined }
      return {
        update: (bytes, total) => {
          bars.add(bar)
          bar.first ??= bytes
          Object.assign(bar, { bytes, total })
          if (now() - drawn >= INTERVAL_MS) draw()
        },
        end: (outcome) => {
          bars.delete(bar)
          const isReported = work.kind === 'download' && outcome === 'done'
          draw(isReported ? `${work.image}: downloaded ${size(bar.bytes)} in ${seconds(now() - bar.began)}` : undefined)
        },
      }
    },
    pause: () => {
      erase()
      pauses++
      return {
        [Symbol.dispose]: () => {
          pauses--
        },
      }
    },
  }
}

/** An image that is read while it is downloaded has only the bar of the download. */
function selectBars(bars: readonly Bar[]): readonly Bar[] {
  const downloads = bars.filter(({ work }) => work.kind === 'download').map(({ work }) => work.image)
  return bars.filter(({ work }) => work.kind === 'download' || !downloads.includes(work.image))
}

const WIDTH = 20

function lineOf({ work, began, first, bytes, total }: Bar, columns: number, now: number): string {
  const elapsed = Math.max(1, now - began) / 1000
  const rate = (bytes - (first ?? 0)) / elapsed
  const hasTotal = total !== undefined && total > 0
  const share = hasTotal ? Math.min(1, bytes / total) : 0
  const parts = [
    ...(hasTotal
      ? [`[${'='.repeat(Math.round(share * WIDTH)).padEnd(WIDTH)}] ${`${Math.floor(share * 100)}`.padStart(3)} %`]
      : []),
    hasTotal ? `${size(bytes)} of ${size(total)}` : size(bytes),
    ...(rate >= 1 ? [`${size(rate)}/s`] : []),
    ...(hasTotal && rate >= 1 ? [`${seconds(((total - bytes) / rate) * 1000)} left`] : []),
  ]
  const facts = parts.join('  ')
  const room = Math.max(8, columns - facts.length - 3)
  const image = visible(work.image)
  const name = image.length > room ? `…${image.slice(1 - room)}` : image
  return `${name}  ${facts}`.slice(0, Math.max(1, columns - 1))
}
