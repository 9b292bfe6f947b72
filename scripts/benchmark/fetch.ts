import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { generateKey } from 'openpgp'

import { milliseconds, output } from './commands.js'
import { directories } from './directories.js'
import type { Figure } from './figure.js'
import { makeImage, type Images } from './images.js'
import { peakAnonymous, peakResident } from './memory.js'
import { interleave } from './samples.js'
import { makeCertificate, serve } from './web-server.js'

type Fetch = (dataDir: string) => [string, ...string[]]

/**
 * Fetching the synthetic image from a web server on the loopback, compared with ingest of the same
 * file, and its memory.
 */
export async function fetchFigures(images: Images, scratch: string, rounds: number): Promise<Figure[]> {
  const served = join(scratch, 'served')
  mkdirSync(served)
  const others = ['second', 'third'].map(
    (name, salt) => makeImage(scratch, name, { files: 1500, salt: salt + 1 }).image,
  )
  const files = [images.large, ...others].map((image) => {
    linkSync(image, join(served, basename(image)))
    return join(served, basename(image))
  })
  const trust = await sign(files, join(scratch, 'signer'))
  const pem = makeCertificate(scratch)
  await using server = await serve(served)
  await using secure = await serve(served, pem)

  const [first = '', ...rest] = files.map((file) => basename(file))
  const appc = (dir: string, ...words: string[]): [string, ...string[]] => ['appc', `--dir=${dir}`, ...words]
  const local: Fetch = (dir) => appc(dir, 'fetch', images.large)
  const remote: Fetch = (dir) => appc(dir, '--insecure-options=http,image', 'fetch', server.url + first)
  const verified: Fetch = (dir) => appc(dir, trust, '--insecure-options=http', 'fetch', server.url + first)
  const overTLS = (dir: string, ...names: string[]): [string, ...string[]] => {
    const urls = names.map((name) => secure.url + name)
    return ['env', `NODE_EXTRA_CA_CERTS=${pem}`, ...appc(dir, trust, 'fetch', ...urls)]
  }

  const next = directories(scratch, 'fetch')
  const elapsed = (fetch: Fetch) => () => milliseconds(...fetch(next()))
  const medians = await interleave(
    { local: elapsed(local), remote: elapsed(remote), verified: elapsed(verified) },
    rounds,
  )
  const memory = async (name: string, fetch: Fetch): Promise<Figure[]> => [
    { name: `${name}, peak resident memory`, value: peakResident(...fetch(next())), unit: 'MB', least: 64 },
    { name: `${name}, peak anonymous memory`, value: await peakAnonymous(...fetch(next())), unit: 'MB', least: 64 },
  ]
  return [
    { name: 'fetch of the image over loopback http', value: medians.remote, unit: 'ms' },
    { name: 'the same with a signature', value: medians.verified, unit: 'ms' },
    { name: 'fetch over http / ingest of the file', value: medians.remote / medians.local, unit: '×', least: 1.15 },
    { name: 'with a signature / ingest of the file', value: medians.verified / medians.local, unit: '×' },
    ...(await memory('fetch over http', remote)),
    ...(await memory('with a signature', verified)),
    ...(await memory('over TLS, with a signature', (dir) => overTLS(dir, first))),
    ...(await memory('three at once over TLS', (dir) => overTLS(dir, first, ...rest))),
  ]
}

/** Signs image files with a new key; returns the option with which appc trusts that key. */
export async function sign(images: readonly string[], directory: string): Promise<string> {
  const { privateKey, publicKey } = await generateKey({
    userIDs: [{ name: 'Benchmark' }],
    format: 'object',
    // A signature of the same second must not be older than its key.
    date: new Date(Date.now() - 60_000),
  })
  const trusted = join(directory, 'trustedkeys/root.d')
  mkdirSync(trusted, { recursive: true })
  writeFileSync(join(trusted, publicKey.getFingerprint()), publicKey.armor())
  const secret = join(directory, 'secret')
  writeFileSync(secret, privateKey.armor(), { mode: 0o600 })
  for (const image of images) output('appc', 'image', 'sign', `--key=${secret}`, image)
  return `--local-config=${directory}`
}
