/**
 * A process that downloads: `bun download-child.ts ROOT URL`. Prints `bytes N` as bytes arrive,
 * then `file DIGEST`, `unchanged` or `deferred`; keeps the file.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import { SECURE } from '../../stage0/config/insecure-options.js'
import { dataDir } from '../../stage0/data-dir.js'
import { download } from '../../stage0/download/download.js'
import { HttpClient } from '../../stage0/http/client.js'

const [root = '', url = ''] = process.argv.slice(2)
const client = new HttpClient({
  config: { authorization: () => undefined },
  insecure: { ...SECURE, http: true },
  retryDelays: [],
})
const say = (line: string): number => writeSync(1, `${line}\n`)
const downloaded = await download(dataDir(root), client, {
  url: new URL(url),
  maxBytes: 1e9,
  onProgress: (bytes) => say(`bytes ${bytes}`),
})
if (downloaded.kind === 'file') {
  say(`file ${createHash('sha256').update(readFileSync(downloaded.path)).digest('hex')}`)
  downloaded.keep()
} else {
  say(downloaded.kind)
}
client.close()
