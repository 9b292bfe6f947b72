import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKey } from 'openpgp'

import { milliseconds, output } from './commands.js'
import { directories } from './directories.js'
import type { Figure } from './figure.js'
import type { Images } from './images.js'
import { peakAnonymous, peakResident } from './memory.js'
import { interleave } from './samples.js'
import { serve } from './web-server.js'

type Fetch = (dataDir: string) => string[]

/** Fetching the synthetic image from a web server on the loopback against ingest of the same file, and what memory it takes. */
export async function fetchFigures(images: Images, scratch: string, rounds: number): Promise<Figure[]> {
  const served = join(scratch, 'served')
  mkdirSync(served)
  linkSync(images.large, join(served, 'image.aci'))
  const trust = await sign(join(served, 'image.aci'), join(scratch, 'signer'))
  await using server = await serve(served)
  const url = `${server.url}image.aci`
  const local: Fetch = (dir) => ['appc', `--dir=${dir}`, 'fetch', images.large]
  const remote: Fetch = (dir) => ['appc', `--dir=${dir}`, '--insecure-options=http,image', 'fetch', url]
  const verified: Fetch = (dir) => ['appc', `--dir=${dir}`, trust, '--insecure-options=http', 'fetch', url]
  const next = directories(scratch, 'fetch')
  const elapsed = (fetch: Fetch) => () => {
    const [command = '', ...args] = fetch(next())
    return milliseconds(command, ...args)
  }
  const medians = await interleave(
    { local: elapsed(local), remote: elapsed(remote), verified: elapsed(verified) },
    rounds,
  )
  const anonymous = (fetch: Fetch) => {
    const [command = '', ...args] = fetch(next())
    return peakAnonymous(command, ...args)
  }
  const memory = { unit: 'MB', least: 64 } as const
  return [
    { name: 'fetch of the image over loopback http', value: medians.remote, unit: 'ms' },
    { name: 'the same with a signature', value: medians.verified, unit: 'ms' },
    { name: 'fetch over http / ingest of the file', value: medians.remote / medians.local, unit: '×', least: 1.15 },
    { name: 'with a signature / ingest of the file', value: medians.verified / medians.local, unit: '×' },
    { name: 'fetch over http, peak resident memory', value: peakResident(...remote(next())), ...memory },
    { name: 'fetch over http, peak anonymous memory', value: await anonymous(remote), ...memory },
    { name: 'with a signature, peak resident memory', value: peakResident(...verified(next())), ...memory },
    { name: 'with a signature, peak anonymous memory', value: await anonymous(verified), ...memory },
  ]
}

/** Signs an image file with a new key; gives the option by which appc trusts that key. */
async function sign(image: string, directory: string): Promise<string> {
  const { privateKey, publicKey } = await generateKey({
    userIDs: [{ name: 'Benchmark' }],
    format: 'object',
    // a signature of the same second is not older than its key
    date: new Date(Date.now() - 60_000),
  })
  const trusted = join(directory, 'trustedkeys/root.d')
  mkdirSync(trusted, { recursive: true })
  writeFileSync(join(trusted, publicKey.getFingerprint()), publicKey.armor())
  const secret = join(directory, 'secret')
  writeFileSync(secret, privateKey.armor(), { mode: 0o600 })
  output('appc', 'image', 'sign', `--key=${secret}`, image)
  return `--local-config=${directory}`
}
