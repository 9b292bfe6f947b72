import { fstatSync } from 'node:fs'
import type { Progress } from '../../fetch/progress.js'
import { emit, emitLines } from '../output.js'
import { barProgress } from './bars.js'
import { jsonProgress } from './json.js'
import type { ProgressMode } from '../../fetch/progress-mode.js'
import { plainProgress } from './plain.js'

const NOTHING = (): void => undefined

/** The progress of a command; without a mode, bars where stderr is a terminal, else plain lines. */
export function openProgress(mode: ProgressMode | undefined): Progress {
  if (mode === 'none') return plainProgress(NOTHING)
  const write = (text: string): void => void emit(2, text)
  const line = (text: string): void => void emitLines(2, [text])
  if (mode === 'json') return jsonProgress(line)
  if (mode === 'plain' || !isTerminal(2)) return plainProgress(line)
  // a terminal that does not know its size says 0
  return barProgress(write, () => process.stderr.columns || 80)
}

/** What is no device is no terminal; only for one is Bun's part for terminals loaded, and all of its networking with it. */
const isTerminal = (fd: number): boolean =>
  fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd)
