import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { size } from './output.js'

/** A line on the terminal that is written over and over, and wiped at the end; nothing where stderr is no terminal. */
export interface ProgressLine extends Disposable {
  readonly show: (subject: string, bytes: number) => void
}

const WIPE = '\r\u001b[K'

export function progressLine(): ProgressLine {
  if (!isatty(2)) return { show: () => undefined, [Symbol.dispose]: () => undefined }
  let shown = ''
  return {
    show: (subject, bytes) => {
      const text = `${subject}: ${size(bytes)} read`
      if (text === shown) return
      shown = text
      writeSync(2, `${WIPE}${text}`)
    },
    [Symbol.dispose]: () => {
      if (shown !== '') writeSync(2, WIPE)
    },
  }
}
