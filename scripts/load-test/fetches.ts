import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { output } from '../benchmark/commands.js'
import { sign } from '../benchmark/fetch.js'
import { makeImage } from '../benchmark/images.js'
import { makeCertificate } from '../benchmark/web-server.js'
import { appc, appcMeasured, crashed, type Ended, type Interruption, describe } from './command.js'
import { atATime, type Report, Tally } from './report.js'

const WIDTH = 2

/** Number of files in the image, each of 60,000 bytes. */
const FILES = 150

/** The interruption of one fetch. */
type Interrupted = 'nothing' | 'cut' | 'stalled' | Interruption

/** The interruption for this number, the same in every run: every third fetch has none. */
function interruption(index: number): Interrupted {
  const moment = 10 + ((index * 37) % 200)
  const kinds: readonly Interrupted[] = [
    ...(['cut', 'stalled'] as const),
    ...(['SIGKILL', 'SIGTERM', 'SIGINT'] as const).map((signal) => ({ signal, after: moment })),
  ]
  return index % 3 === 0 ? 'nothing' : (kinds[Math.floor(index / 3) % kinds.length] ?? 'nothing')
}

/**
 * Fetches an image over TLS `count` times, verifying its signature, while the server or a signal
 * interrupts.
 */
export async function fetchMany(count: number, scratch: string): Promise<Report> {
  const tally = new Tally()
  const faults: string[] = []
  const { image } = makeImage(scratch, 'served', { files: FILES })
  const trusted = await sign([image], join(scratch, 'signer'))
  const pem = makeCertificate(scratch)
  const server = serve(image, pem)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  process.env['NODE_EXTRA_CA_CERTS'] = pem
  const id = output('appc', 'fetch', '--insecure-options=image', image).trim()
  let resident = 0
  await atATime(count, WIDTH, async (index) => {
    const event = interruption(index)
    const dir = join(scratch, `store-${index % WIDTH}`)
    const url = `https://127.0.0.1:${port}/${index}/${typeof event === 'string' ? event : 'nothing'}/served.aci`
    const words = [`--dir=${dir}`, trusted, 'fetch', '--pull-policy=update', url]
    const ended: Ended & { readonly resident?: number } =
      typeof event === 'string' ? await appcMeasured(words) : await appc(words, event)
    resident = Math.max(resident, ended.resident ?? 0)
    const name = typeof event === 'string' ? event : event.signal
    if (crashed(ended)) faults.push(`fetch ${index}, ${name}: ${describe(ended)}`)
    if (ended.code === 0) {
      tally.add('fetched')
      if (ended.stdout.trim() !== id) faults.push(`fetch ${index}, ${name}: another image: ${ended.stdout}`)
      await appc([`--dir=${dir}`, 'image', 'rm', id])
    } else {
      tally.add(`ended by ${ended.signal ?? `exit ${ended.code ?? '?'}`}`)
      if (event === 'nothing') faults.push(`fetch ${index}: ${describe(ended)}`)
    }
  })
  server.close()
  server.closeAllConnections()
  for (const number of Array.from({ length: WIDTH }, (_, index) => index)) {
    const dir = join(scratch, `store-${number}`)
    await appc([`--dir=${dir}`, 'image', 'gc', '--grace-period=0s'])
    await appc([`--dir=${dir}`, 'gc', '--grace-period=0s'])
    const staged = output('sh', '-c', `find '${dir}'/tmp '${dir}'/cas -mindepth 1 -maxdepth 1 2>/dev/null | wc -l`)
    if (Number(staged) > 4) faults.push(`${dir}: ${staged.trim()} files of interrupted fetches are left`)
  }
  return {
    lines: [`${count} fetches over TLS: ${tally.toString()}`, `peak resident memory: ${resident} kB`],
    faults,
  }
}

/**
 * The first response for each URL may be cut off or stall; later requests are answered from the
 * requested offset.
 */
function serve(image: string, pem: string): Server {
  const [body, signature, secret] = [image, `${image}.asc`, pem].map((file) => readFileSync(file))
  if (body === undefined || signature === undefined || secret === undefined) throw new Error('unreachable')
  const requested = new Set<string>()
  return createServer({ key: secret, cert: secret }, (request, response) => {
    const url = request.url ?? ''
    if (url.endsWith('.asc')) {
      response.writeHead(200, { 'content-length': signature.length }).end(signature)
      return
    }
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const rest = body.subarray(from)
    const tag = { etag: '"one"', 'accept-ranges': 'bytes', 'content-length': rest.length }
    const range = { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }
    response.writeHead(from === 0 ? 200 : 206, from === 0 ? tag : { ...tag, ...range })
    const first = !requested.has(url)
    requested.add(url)
    const cut = first && url.includes('/cut/')
    if (!cut && !(first && url.includes('/stalled/'))) {
      response.end(rest)
      return
    }
    response.write(rest.subarray(0, rest.length >> 1), () => {
      if (cut) request.socket.destroy()
      // The server ends the stalled connection after a moment, because the client waits longer.
      else setTimeout(() => request.socket.destroy(), 300)
    })
  })
}
