import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { output } from './commands.js'

/**
 * Maximum resident set of a command in MB (10^6 bytes), as the kernel accounts it (ru_maxrss of
 * wait4). It includes the touched pages of the runtime's file, although all its processes share
 * them.
 */
export function peakResident(...command: string[]): number {
  const report = output('sh', '-c', '/usr/bin/time -f %M "$@" 2>&1 >/dev/null', 'sh', ...command)
  // After the command's own output.
  return (Number(report.trim().split('\n').at(-1)) * 1024) / 1e6
}

const SAMPLE_EVERY = 1

/**
 * Maximum private memory of a command in MB (10^6 bytes): RssAnon of its process, sampled every
 * millisecond.
 */
export async function peakAnonymous(command: string, ...args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'ignore' })
  let peak = 0
  const timer = setInterval(() => {
    const text = /^RssAnon:\s*(\d+) kB/m.exec(statusOf(child.pid))?.[1]
    peak = Math.max(peak, Number(text ?? 0))
  }, SAMPLE_EVERY)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearInterval(timer)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code ?? 'by signal'}`)
  if (peak === 0) throw new Error(`${command} ${args.join(' ')}: ended before it was looked at`)
  return (peak * 1024) / 1e6
}

function statusOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
