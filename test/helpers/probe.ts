import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Isolator } from '#schema/isolator.js'
import type { PodHost } from './pods.js'
import type { ImageOptions } from './images.js'

/** The program of native/probe: makes system calls by number, and prints the kernel's answers. */
export const PROBE = fileURLToPath(new URL('../../dist/test/appc-probe', import.meta.url))

/** The reason why tests that make system calls by number cannot run here; false if they can. */
export const noProbe = (): string | false => {
  if (process.arch !== 'x64') return 'the numbers are those of x86-64'
  return existsSync(PROBE) ? false : 'appc-probe is not built'
}

/** The result of a call: the kernel's return value (negative: an errno), `exit`, or `signal N`. */
export type Answer = number | string

/** Builds an image that has the probe as `/probe`; it runs another program if `app` says so. */
export const probeImage = (host: PodHost, options: ImageOptions = {}): string =>
  host.image({ name: 'probe', ...options, files: { probe: { copyOf: PROBE }, ...options.files } })

/** Runs `probe VERB CALL…` in a pod of this image; `options` are the app's. */
export async function probe(
  host: PodHost,
  image: string,
  verb: 'call' | 'each',
  calls: readonly string[],
  ...options: readonly string[]
): Promise<readonly Answer[]> {
  const result = await host.run(image, ...options, '--exec=/probe', '--', verb, ...calls)
  assert.equal(result.status, 0, result.stderr)
  return answersIn(result.stdout, calls)
}

/** The answers to these calls in the probe's output. */
export function answersIn(stdout: string, calls: readonly string[]): readonly Answer[] {
  const lines = stdout.trim().split('\n')
  const pairs = lines.map((line) => [line.split(' ')[0] ?? '', line.slice(line.indexOf(' ') + 1)] as const)
  assert.deepEqual(
    pairs.map(([name]) => name),
    calls.map((word) => word.split(':')[0]),
    stdout,
  )
  return pairs.map(([, answer]) => (/^-?\d+$/.test(answer) ? Number(answer) : answer))
}

/**
 * Runs `probe each CALL…` as an app with these isolators in the operator's pod manifest; `id` is
 * the image's.
 */
export async function probeWith(
  host: PodHost,
  id: string,
  isolators: readonly Isolator[],
  calls: readonly string[],
): Promise<readonly Answer[]> {
  const file = join(mkdtempSync(join(host.scratch, 'manifest-')), 'pod.json')
  const app = { exec: ['/probe', 'each', ...calls], user: '0', group: '0', isolators }
  const apps = [{ name: 'probe', image: { id }, app }]
  writeFileSync(file, JSON.stringify({ acKind: 'PodManifest', acVersion: '0.8.11', apps }))
  const result = await host.run(`--pod-manifest=${file}`)
  assert.equal(result.status, 0, result.stderr)
  return answersIn(result.stdout, calls)
}
