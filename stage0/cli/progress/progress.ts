import { fstatSync } from 'node:fs'
import type { Progress } from '../../fetch/progress.js'
import { emit, emitLines } from '../output.js'
import { barProgress } from './bars.js'
import { jsonProgress } from './json.js'
import type { ProgressMode } from '../../fetch/progress-mode.js'
import { plainProgress } from './plain.js'

const NOTHING = (): void => undefined

/**
 * Opens the progress of a command. Without a mode it shows bars if stderr is a terminal, else plain
 * lines.
 */
export function openProgress(mode: ProgressMode | undefined): Progress {
  if (mode === 'none') return plainProgress(NOTHING)
  const write = (text: string): void => void emit(2, text)
  const line = (text: string): void => void emitLines(2, [text])
  if (mode === 'json') return jsonProgress(line)
  if (mode === 'plain' || !isTerminal(2)) return plainProgress(line)
  // a terminal that does not know its size reports 0 columns
  return barProgress(write, () => process.stderr.columns || 80)
}

/**
 * Only a character device can be a terminal. This check comes first, because node:tty loads Bun's
 * terminal module and all of its networking.
 */
const isTerminal = (fd: number): boolean =>
  fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd)
