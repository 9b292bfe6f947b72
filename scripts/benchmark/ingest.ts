import { mkdirSync } from 'node:fs'

import { milliseconds, output } from './commands.js'
import { directories, diskBytes } from './directories.js'
import type { Figure } from './figure.js'
import type { Images } from './images.js'
import { peakAnonymous, peakResident } from './memory.js'
import { interleave } from './samples.js'

/**
 * Ingest of the synthetic image, compared with tar and with a bare checksum of the same file, all
 * on the same file system.
 */
export async function ingestFigures(images: Images, scratch: string, rounds: number): Promise<Figure[]> {
  const nextStore = directories(scratch, 'store')
  const nextTree = directories(scratch, 'tree')
  const extracted = () => {
    const tree = nextTree()
    mkdirSync(tree)
    return tree
  }
  const ingest = () => ['appc', `--dir=${nextStore()}`, 'fetch', images.large] as const
  const medians = await interleave(
    {
      appc: () => milliseconds(...ingest()),
      tar: () => milliseconds('tar', '-C', extracted(), '-xzf', images.large),
      checksum: () => milliseconds('sh', '-c', `gzip -dc '${images.large}' | sha512sum`),
    },
    rounds,
  )
  const store = nextStore()
  output('appc', `--dir=${store}`, 'fetch', images.large)
  const tree = extracted()
  output('tar', '-C', tree, '-xzf', images.large)
  const memory = { unit: 'MB', least: 64, aim: 40 } as const
  return [
    { name: 'appc fetch', value: medians.appc, unit: 'ms' },
    { name: 'tar -xzf', value: medians.tar, unit: 'ms' },
    { name: 'gzip -dc | sha512sum', value: medians.checksum, unit: 'ms' },
    { name: 'ingest / tar -xzf', value: medians.appc / medians.tar, unit: '×', least: 1, aim: 0.6 },
    { name: 'ingest / gzip -dc | sha512sum', value: medians.appc / medians.checksum, unit: '×' },
    { name: 'ingest, peak memory of the whole process', value: peakResident(...ingest()), ...memory },
    { name: 'ingest, peak anonymous memory', value: await peakAnonymous(...ingest()), ...memory },
    { name: 'appc version, peak memory of the whole process', value: peakResident('appc', 'version'), unit: 'MB' },
    {
      name: 'disk use of the store / content of its image',
      value: diskBytes(store) / diskBytes(tree),
      unit: '×',
      least: 1.05,
      aim: 1.02,
    },
  ]
}
