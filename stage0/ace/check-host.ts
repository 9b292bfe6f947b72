import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { library } from '#native'
import { buildImage } from '../aci/build.js'
import { onSignal } from '../files/on-signal.js'
import { makeLayout } from './layout.js'
import { type AceImage, imageManifest, IMAGES, podManifest, SINGLE_FILE } from './manifests.js'
import { type CheckResult, NO_RESULT, parseChecks, resultsOf } from './results.js'

/** Not below /tmp, where a service may have a directory of its own. */
const PARENT = '/var/tmp'

export interface HostCheckOptions {
  /** The value of `run --net`. */
  readonly network: string
  /** Global options for every call of appc. */
  readonly globals: readonly string[]
}

/**
 * Checks this host's appc from inside a pod: makes three images, runs them as one pod with the
 * programs that a user has, and removes images and pod again. After a signal, `appc gc` and `appc
 * image gc` remove them. Gives the result of every check. Errors: ACE_FAILED where an image could
 * not be fetched, or no check of the pod gave a result.
 */
export async function checkHost({ network, globals }: HostCheckOptions): Promise<readonly CheckResult[]> {
  const program = join(library, 'appc-ace')
  const checks = parseChecks((await call(program, ['list'])).stdout)
  const directory = mkdtempSync(join(PARENT, 'appc-ace-'))
  const appc: Appc = (...words) => call(join(library, 'appc'), [...globals, ...words])
  const ids: Record<AceImage, string> = { base: '', main: '', sidekick: '' }
  const fetchImage = async (image: AceImage): Promise<string> => {
    const layout = join(directory, image)
    mkdirSync(layout)
    makeLayout(layout, image, imageManifest(image, ids), program)
    await buildImage(layout, `${layout}.aci`, { overwrite: false, compress: false, ownerRoot: true })
    // A dependency is in the store already: no server is asked for it.
    const { status, stdout, stderr } = await appc('fetch', '--pull-policy=new', `${layout}.aci`)
    if (status !== 0) throw failure('fetch', stderr)
    return stdout.trim()
  }
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  const unwatch = onSignal(remove)
  try {
    for (const image of IMAGES) ids[image] = await fetchImage(image)
    const { stdout, stderr } = await runPod({ directory, ids, network, appc })
    const results = resultsOf(checks, stdout)
    if (results.every(({ detail }) => detail === NO_RESULT)) throw failure('run', stderr)
    return results
  } finally {
    const made = Object.values(ids).filter((id) => id !== '')
    if (made.length > 0) await appc('image', 'rm', ...made)
    remove()
    unwatch()
  }
}

/** Calls appc. */
type Appc = (...words: readonly string[]) => Promise<Ended>

interface PodOptions extends Pick<HostCheckOptions, 'network'> {
  /** For the files of the pod. */
  readonly directory: string
  readonly ids: Readonly<Record<AceImage, string>>
  readonly appc: Appc
}

/** Runs the pod to its end, and removes it. */
async function runPod({ directory, ids, network, appc }: PodOptions): Promise<Ended> {
  const single = join(directory, 'single')
  writeFileSync(single, SINGLE_FILE)
  const manifest = join(directory, 'pod')
  writeFileSync(manifest, JSON.stringify(podManifest(ids, single)))
  const uuidFile = join(directory, 'uuid')
  const words = [`--net=${network}`, `--pod-manifest=${manifest}`, `--uuid-file-save=${uuidFile}`]
  const ended = await appc('run', ...words)
  const uuid = readIfThere(uuidFile)
  if (uuid !== undefined) await appc('rm', '--force', uuid.trim())
  return ended
}

const failure = (command: string, stderr: string): RuntimeError =>
  new RuntimeError('ACE_FAILED', `appc ${command} failed: ${stderr.trim()}`)

/** A program that has ended. */
interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

async function call(program: string, words: readonly string[]): Promise<Ended> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (piece: string) => (text[stream] += piece))
  }
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, ...text }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
