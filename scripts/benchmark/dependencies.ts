import { join } from 'node:path'

import { milliseconds, output } from './commands.js'
import { directories, diskBytes } from './directories.js'
import type { Figure } from './figure.js'
import { type Images, LARGE, makeImage } from './images.js'
import { interleave } from './samples.js'

const LAYERS = 20
const FEW = 10
const MANY = 1000

/** The costs of an image with a dependency, and of a long chain of dependencies. */
export async function dependencyFigures(images: Images, scratch: string, rounds: number): Promise<Figure[]> {
  return [shared(images, scratch), ...(await chains(images, scratch, rounds))]
}

/** Disk space of an image that has nine tenths of its content in a dependency. */
function shared(images: Images, scratch: string): Figure {
  const own = makeImage(scratch, 'derived', { files: Math.ceil(LARGE.files / 9), dependency: LARGE.name })
  const dataDir = directories(scratch, 'shared')()
  output('appc', `--dir=${dataDir}`, 'fetch', images.large)
  const before = diskBytes(dataDir)
  output('appc', `--dir=${dataDir}`, 'fetch', '--pull-policy=new', own.image)
  const added = diskBytes(dataDir) - before
  return {
    name: 'disk for an image, 90 % of it a dependency / its own content',
    value: added / diskBytes(join(own.layout, 'rootfs')),
    unit: '×',
    least: 1.05,
  }
}

/**
 * Pods whose app is a chain of 20 images: the time to assemble them must not depend on the number
 * of their files.
 */
async function chains(images: Images, scratch: string, rounds: number): Promise<Figure[]> {
  const few = chain(images, scratch, 'few', FEW)
  const many = chain(images, scratch, 'many', MANY)
  const run = (image: string) => () => milliseconds('appc', 'run', '--net=none', image, '--exec=/bin/true')
  const medians = await interleave({ few: run(few), many: run(many) }, rounds)
  return [
    { name: `appc run, ${LAYERS} layers of ${FEW} files`, value: medians.few, unit: 'ms' },
    { name: `appc run, ${LAYERS} layers of ${MANY} files`, value: medians.many, unit: 'ms' },
    { name: 'many files / few files', value: medians.many / medians.few, unit: '×', least: 1.3 },
  ]
}

/**
 * Stores a chain of images, the lowest of which depends on the tiny image; returns the ID of the
 * topmost.
 */
function chain({ tinyName }: Images, scratch: string, name: string, files: number): string {
  let dependency = tinyName
  let id = ''
  for (let layer = 0; layer < LAYERS - 1; layer++) {
    const { image } = makeImage(scratch, `${name}${layer}`, { files, fileBytes: 200, dependency, salt: layer })
    id = output('appc', 'fetch', '--pull-policy=new', image).trim()
    dependency = `bench.invalid/${name}${layer}`
  }
  return id
}
