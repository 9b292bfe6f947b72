import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { milliseconds, output } from './commands.js'
import type { Figure } from './figure.js'
import type { Images } from './images.js'
import { interleave } from './samples.js'

/** Ingest of the synthetic image against tar and a bare checksum of the same file, all on the same file system. */
export async function ingestFigures(images: Images, scratch: string, rounds: number): Promise<Figure[]> {
  const dataDir = join(scratch, 'store')
  const tree = join(scratch, 'tree')
  const fresh = (path: string) => {
    rmSync(path, { recursive: true, force: true })
    output('sync', '-f', scratch)
    return path
  }
  const medians = await interleave(
    {
      appc: () => milliseconds('appc', `--dir=${fresh(dataDir)}`, 'fetch', images.large),
      tar: () => {
        mkdirSync(fresh(tree))
        return milliseconds('tar', '-C', tree, '-xzf', images.large)
      },
      checksum: () => milliseconds('sh', '-c', `gzip -dc '${images.large}' | sha512sum`),
    },
    rounds,
  )
  const diskBytes = Number(
    output('du', '-s', '--block-size=1', fresh(dataDir) && ingested(dataDir, images)).split('\t')[0],
  )
  const apparent = Number(output('du', '-s', '--block-size=1', tree).split('\t')[0])
  return [
    { name: 'appc fetch', value: medians.appc, unit: 'ms' },
    { name: 'tar -xzf', value: medians.tar, unit: 'ms' },
    { name: 'gzip -dc | sha512sum', value: medians.checksum, unit: 'ms' },
    { name: 'ingest / tar -xzf', value: medians.appc / medians.tar, unit: '×', least: 1, aim: 0.6 },
    { name: 'ingest / gzip -dc | sha512sum', value: medians.appc / medians.checksum, unit: '×' },
    {
      name: 'ingest, peak memory of the whole process',
      value: peakMegabytes(fresh(dataDir), images),
      unit: 'MB',
      least: 64,
      aim: 40,
    },
    { name: 'the same of appc version', value: peak('appc', 'version'), unit: 'MB' },
    { name: 'disk after ingest / extracted content', value: diskBytes / apparent, unit: '×', least: 1.05, aim: 1.02 },
  ]
}

function ingested(dataDir: string, images: Images): string {
  output('appc', `--dir=${dataDir}`, 'fetch', images.large)
  return dataDir
}

const peakMegabytes = (dataDir: string, images: Images) => peak('appc', `--dir=${dataDir}`, 'fetch', images.large)

/** Peak resident set of a command, in MB (10^6 bytes), as the kernel accounts it. */
function peak(...command: string[]): number {
  const report = output('sh', '-c', '/usr/bin/time -f %M "$@" 2>&1 >/dev/null', 'sh', ...command)
  return (Number(report.trim()) * 1024) / 1e6
}
