import { readFileSync, writeFileSync } from 'node:fs'
import { type Code, isSystemError, plainReason, RuntimeError } from '#schema/errors.js'
import { dataDir, type DataDir } from '../../data-dir.js'
import type { Fetcher } from '../../fetch/fetch.js'
import { onSignal } from '../../image/on-signal.js'
import { assemblePod } from '../../pod/assemble.js'
import { claim } from '../../pod/claim.js'
import { contentsOf, contentsOfManifest, readPodManifest, type RequestedApp } from '../../pod/contents.js'
import { createPod, discard, type NewPod } from '../../pod/create.js'
import { handOver } from '../../pod/handoff.js'
import { move } from '../../pod/pod.js'
import { fillPodDirectory, runSpec, type AssembledPod, type PodContents } from '../../pod/prepare.js'
import type { PodEnvironment } from '../../pod/runtime-app.js'
import type { Choice } from '../../render/dependencies.js'
import { openStore, type Store, type StoredImage } from '../../store/store.js'
import { checkEnvironment, textOf } from '../bytes.js'
import type { Context, RawCommand } from '../command.js'
import { type FetcherWords, openFetcher } from '../fetcher.js'
import { emit } from '../output.js'
import type { RunArguments } from '../run-arguments/arguments.js'
import { parseEnvironmentFile } from '../run-arguments/environment-file.js'
import { runHelp } from '../run-arguments/help.js'
import { parseRunArguments } from '../run-arguments/parse.js'
import { strayHint } from '../run-arguments/stray-words.js'
import { asksForHelp } from '../run-arguments/words.js'

export const command: RawCommand = {
  usage: 'run [options] IMAGE… [-- ARGS…] [---]',
  describe: 'Runs images as one pod.',
  help: runHelp,
  runRaw: async (words, context) => {
    if (asksForHelp(words)) return { lines: runHelp().split('\n') }
    const args = parseRunArguments(words)
    const dir = dataDir(context.dataDir)
    const store = openStore(dir)
    // what holds the images ends with this process, when the pod directory names them
    const assembled = await assemble(args, store, context).catch((error: unknown) => {
      throw strayImage(error, words, args)
    })
    const created = createPod(dir)
    let { pod } = created
    try {
      await prepare(dir, created, assembled, args)
      context.log('prepared', { pod: pod.uuid })
      // like the UUID file: known before success is, so that a pod that does not start can be looked at
      if (args.detach) await emit(1, `${pod.uuid}\n`)
      pod = move(dir, pod, 'prepared')
      pod = move(dir, pod, 'run')
      return handOver(pod, created.lock)
    } catch (error) {
      discard(dir, { ...created, pod })
      throw error
    }
  },
}

/** The failure of a second image that was not meant to be one: `appc run IMAGE echo hi`. */
function strayImage(error: unknown, words: readonly string[], { images }: RunArguments): unknown {
  const [first, second] = images
  if (!(error instanceof RuntimeError) || first === undefined || second === undefined || words.includes('--')) {
    return error
  }
  const { code, message } = error
  const isStray = images.slice(1).some(({ image }) => message.startsWith(`${image}: `))
  if (!NO_IMAGE.includes(code) || !isStray) return error
  const from = words.indexOf(second.image, words.indexOf(first.image) + 1)
  return new RuntimeError(code, message, { hint: strayHint(words, from), cause: error.cause })
}

/** How it fails to get what is no image. */
const NO_IMAGE: readonly Code[] = ['IMAGE_NOT_FOUND', 'USAGE', 'ARCHIVE_INVALID', 'FILE_UNREADABLE']

/** What was fetched is held until it is held as part of the pod. */
async function assemble(args: RunArguments, store: Store, context: Context): Promise<AssembledPod> {
  // what a pod manifest names must be there
  const words: FetcherWords = args.podManifest === undefined ? args : { ...args, pullPolicy: 'never' }
  using fetcher = openFetcher(store, context, words)
  const contents = await gather(args, fetcher, context)
  const choiceOf = (image: StoredImage): Choice | undefined => fetcher.choiceOf(image)
  return await assemblePod(store, contents, { choiceOf, copy: args.noOverlay, warn: context.warn })
}

/** Images and options made one: everything that can be refused is, before there is a pod. */
async function gather(args: RunArguments, fetcher: Fetcher, context: Context): Promise<PodContents> {
  const options = { trustCapabilities: context.insecure.capabilities, warn: context.warn }
  if (args.podManifest !== undefined) {
    const contents = await contentsOfManifest(readPodManifest(args.podManifest), fetcher, options)
    if (args.interactive && contents.images.size !== 1) {
      throw new RuntimeError('USAGE', '--interactive: needs a pod of exactly one app')
    }
    return contents
  }
  const environment = readEnvironment(args)
  const apps = await Promise.all(
    args.images.map(async ({ image: word, mounts, signature, ...request }): Promise<RequestedApp> => {
      const image = await fetcher.fetch(word, signature === undefined ? {} : { signature })
      return { image, request, mounts }
    }),
  )
  return contentsOf(apps, { ...args, environment }, options)
}

function readEnvironment({ inheritEnvironment, environmentFiles, setEnvironment }: RunArguments): PodEnvironment {
  if (inheritEnvironment) checkEnvironment()
  const inherited = inheritEnvironment ? Object.entries(process.env) : []
  const files = environmentFiles.flatMap((file) => [...parseEnvironmentFile(textOf(readBytes(file), file), file)])
  return {
    inherited: new Map(inherited.map(([name, value]) => [name, value ?? ''])),
    files: new Map(files),
    set: setEnvironment,
  }
}

async function prepare(dir: DataDir, created: NewPod, contents: AssembledPod, args: RunArguments): Promise<void> {
  const { pod } = created
  // only copies take long enough for anybody to interrupt them; every watch of a signal costs a start its time
  const unwatch = contents.copied ? onSignal(() => discard(dir, created)) : () => undefined
  try {
    // whoever asked for the file can remove the pod with it, whatever happens from here on
    if (args.uuidFileSave !== undefined) writeText(args.uuidFileSave, `${pod.uuid}\n`)
    await fillPodDirectory(pod, contents)
    await claim(dir, pod, runSpec(pod.uuid, contents, args))
    // a signal that came meanwhile is heard before the watch ends
    if (contents.copied) await new Promise((resolve) => setImmediate(resolve))
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new RuntimeError('FILE_UNREADABLE', `${pod.directory}: cannot be written: ${plainReason(error)}`, {
      hint: `df ${dir.root}`,
      cause: error,
    })
  } finally {
    unwatch()
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { cause })
  }
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o644 })
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { cause })
  }
}
