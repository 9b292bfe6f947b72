import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { output } from './commands.js'
import { dependencyFigures } from './dependencies.js'
import { fetchFigures } from './fetch.js'
import { table, type Figure } from './figure.js'
import { type Images, makeImages } from './images.js'
import { ingestFigures } from './ingest.js'
import { metadataFigures } from './metadata.js'
import { networkFigures } from './networks.js'
import { podFigures } from './pods.js'
import { execFigures, startFigures } from './start.js'
import { streamFigures } from './streams.js'

/**
 * `bun main.ts SCRATCH ROUNDS PARTS [JSON-FILE]`: SCRATCH is on a fresh ext4 with a journal, inside
 * a bed with podman. PARTS: names of {@link parts} separated by commas, or `all`.
 */
const [scratchParent = '/var/lib/appc', words = '31', chosen = 'all', json] = process.argv.slice(2)
const rounds = Number(words)
// Fewer samples are enough for cases that take seconds.
const few = Math.min(rounds, 9)

const parts = new Map<string, (images: Images, scratch: string) => Promise<Figure[]>>([
  ['start', (images) => startFigures(images, rounds)],
  ['exec', (images) => execFigures(images, rounds)],
  ['streams', (images) => streamFigures(images, Math.min(few, 5))],
  ['ingest', (images, scratch) => ingestFigures(images, scratch, few)],
  ['pods', (images) => podFigures(images)],
  ['networks', (images) => networkFigures(images, few)],
  ['metadata', (images) => metadataFigures(images, few)],
  ['fetch', (images, scratch) => fetchFigures(images, scratch, few)],
  ['dependencies', (images, scratch) => dependencyFigures(images, scratch, rounds)],
])
const names = chosen === 'all' ? [...parts.keys()] : chosen.split(',')
for (const name of names) if (!parts.has(name)) throw new Error(`${name}: one of ${[...parts.keys()].join(', ')}`)

const scratch = mkdtempSync(join(scratchParent, 'bench-'))
const figures: Figure[] = []
try {
  const images = makeImages(scratch)
  for (const name of names) {
    // Writes the previous part's data to disk, so that it does not slow this part.
    output('sync', '-f', scratch)
    figures.push(...((await parts.get(name)?.(images, scratch)) ?? []))
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

const systemd = output('systemctl', '--version').split('\n')[0] ?? ''
process.stdout.write([`${systemd}, medians of ${rounds} interleaved runs`, ...table(figures)].join('\n') + '\n')
if (json !== undefined) writeFileSync(json, JSON.stringify({ systemd, rounds, figures }, null, 2) + '\n')
