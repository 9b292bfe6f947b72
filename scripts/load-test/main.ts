import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fetchMany } from './fetches.js'
import { differences, snapshot } from './leftovers.js'
import { runMany } from './runs.js'

/**
 * `bun main.ts SCRATCH RUNS FETCHES`: prints a report; exit status 1 if something was lost, crashed
 * or was left behind.
 */
const [parent = '/var/lib/appc', runs = '10000', fetches = '1000'] = process.argv.slice(2)

const scratch = mkdtempSync(join(parent, 'load-'))
const faults: string[] = []
try {
  const parts = [
    ['runs', Number(runs), runMany],
    ['fetches', Number(fetches), fetchMany],
  ] as const
  for (const [name, count, part] of parts) {
    const before = snapshot()
    const begin = Date.now()
    const report = await part(count, scratch)
    const left = differences(before, snapshot()).map((line) => `left behind after ${name}: ${line}`)
    const seconds = Math.round((Date.now() - begin) / 1000)
    process.stdout.write([`${name}: ${seconds} s`, ...report.lines, ...report.faults, ...left, ''].join('\n'))
    faults.push(...report.faults, ...left)
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
process.stdout.write(`${faults.length} faults\n`)
process.exitCode = faults.length === 0 ? 0 : 1
