import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

import { output } from './commands.js'
import type { Figure } from './figure.js'
import type { Images } from './images.js'
import { interleave } from './samples.js'

const POD = 'bench'
const CLIENTS = 50
const REQUESTS = 20_000

/** The metadata service of a pod: at rest, its first answer, and under load. */
export async function metadataFigures({ tiny }: Images, rounds: number): Promise<Figure[]> {
  output(
    ...(['appc', 'run', '--detach', '--net=host', `--pod-name=${POD}`, tiny] as [string, ...string[]]),
    ...['--exec=/bin/sleep', '--', '1000'],
  )
  try {
    const url = `${environment('AC_METADATA_URL')}/acMetadata/v1/pod/uuid`
    const idle = processes()
    const { first } = await interleave(
      {
        first: async () => {
          output('systemctl', 'stop', `appc-${POD}-metadata.service`)
          return timed(() => get(url))
        },
      },
      rounds,
    )
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
    await Promise.all(Array.from({ length: CLIENTS }, () => get(url, agent)))
    const times: number[] = []
    const client = async (): Promise<void> => {
      for (let done = 0; done < REQUESTS / CLIENTS; done++) times.push(await timed(() => get(url, agent)))
    }
    const all = await timed(() => Promise.all(Array.from({ length: CLIENTS }, client)))
    agent.destroy()
    const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? NaN
    return [
      { name: 'metadata service: processes before the first request', value: idle, unit: '', least: 0, aim: 0 },
      { name: 'metadata service: first answer', value: first, unit: 'ms', least: 150, aim: 60 },
      {
        name: `metadata service: time per request of ${CLIENTS} clients`,
        value: all / times.length,
        unit: 'ms',
        least: 1000 / 2000,
        aim: 1000 / 5000,
      },
      { name: `metadata service: p99 of ${CLIENTS} clients`, value: p99, unit: 'ms', least: 50, aim: 20 },
    ]
  } finally {
    output('appc', 'stop', '--force', POD)
    output('appc', 'rm', POD)
  }
}

/** A variable of the pod's app. */
function environment(name: string): string {
  const pid = output('systemctl', 'show', '--value', '-p', 'MainPID', `appc-${POD}-tiny.service`).trim()
  const line = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .find((item) => item.startsWith(`${name}=`))
  if (line === undefined) throw new Error(`the app has no ${name}`)
  return line.slice(name.length + 1)
}

const processes = (): number =>
  Number(output('systemctl', 'show', '--value', '-p', 'MainPID', `appc-${POD}-metadata.service`)) === 0 ? 0 : 1

async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await action()
  return performance.now() - begin
}

/** Errors: an Error where the answer is not 200. */
function get(url: string, agent?: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, agent === undefined ? { agent: false } : { agent }, (response) => {
      response.resume()
      response.once('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`${url}: ${response.statusCode ?? 'no status'}`))
      })
    })
      .once('error', reject)
      .end()
  })
}
