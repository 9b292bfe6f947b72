import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { output } from './commands.js'
import { table, type Figure } from './figure.js'
import { makeImages } from './images.js'
import { ingestFigures } from './ingest.js'
import { podFigures } from './pods.js'
import { execFigures, startFigures } from './start.js'

/** `node main.js SCRATCH ROUNDS [JSON-FILE]`: SCRATCH lies on a fresh ext4 with a journal, inside a bed with podman. */
const [scratchParent = '/var/lib/appc', rounds = '11', json] = process.argv.slice(2)

const scratch = mkdtempSync(join(scratchParent, 'bench-'))
const figures: Figure[] = []
try {
  const images = makeImages(scratch)
  figures.push(...(await startFigures(images, Number(rounds))))
  figures.push(...(await execFigures(images, Number(rounds))))
  figures.push(...(await ingestFigures(images, scratch, Math.min(Number(rounds), 5))))
  figures.push(...(await podFigures(images)))
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

const systemd = output('systemctl', '--version').split('\n')[0] ?? ''
process.stdout.write([`${systemd}, medians of ${rounds} interleaved runs`, ...table(figures)].join('\n') + '\n')
if (json !== undefined)
  writeFileSync(json, JSON.stringify({ systemd, rounds: Number(rounds), figures }, null, 2) + '\n')
