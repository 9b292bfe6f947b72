import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { library } from '#native'
import type { ImageManifest } from '#schema/image-manifest.js'
import type { PodManifest } from '#schema/pod-manifest.js'
import type { AppExit } from '#schema/status.js'
import { RuntimeError } from '#schema/errors.js'
import { isObject } from '#schema/check.js'
import { parseExit } from '#schema/exit-record.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { LOCK_FD, RUN_SPEC_VERSION, type RunSpec } from '#schema/run-spec.js'
import type { Caller } from './caller.js'
import { readTextFile } from './network/host/text-file.js'
import type { PodFacts } from './plan/pod-facts.js'

/**
 * The run spec in the current directory. Errors: POD_NOT_FOUND where there is none; POD_STATE where
 * another version of appc wrote it, or where it is broken.
 */
export function readRunSpec(): RunSpec {
  const spec = readJSON(POD_DIR.runSpec) as (Omit<RunSpec, 'version'> & { readonly version: number }) | undefined
  if (spec === undefined) throw new RuntimeError('POD_NOT_FOUND', `${process.cwd()}: not a pod directory`)
  if (spec.version !== RUN_SPEC_VERSION) {
    throw new RuntimeError('POD_STATE', `${process.cwd()}: prepared by another version of appc, or broken`, {
      hint: `appc rm ${basename(process.cwd())}`,
    })
  }
  return { ...spec, version: RUN_SPEC_VERSION }
}

/**
 * Reads everything that planning depends on from the pod directory, which is the current one.
 * stage0 has checked what it wrote there. Errors: POD_NOT_FOUND where the pod manifest is missing;
 * IMAGE_NOT_FOUND where an image manifest is missing; VOLUME_INVALID where the source of a volume
 * is missing (E7); FILE_UNREADABLE; POD_STATE where a file is broken.
 */
export function readFacts(spec: RunSpec, init: string, caller: Caller): PodFacts {
  const manifest = readJSON(POD_DIR.manifest) as PodManifest | undefined
  if (manifest === undefined)
    throw new RuntimeError('POD_NOT_FOUND', `pod ${spec.uuid}: has no manifest`, { hint: `appc rm ${spec.uuid}` })
  const images = manifest.apps.map(({ name }) => {
    const image = readJSON(POD_DIR.appManifest(name)) as ImageManifest | undefined
    if (image === undefined)
      throw new RuntimeError('IMAGE_NOT_FOUND', `app ${name}: its image manifest is missing`, {
        hint: `appc rm ${spec.uuid}`,
      })
    return [name, image] as const
  })
  const hostsOfHost = spec.hosts === 'host' ? readTextFile('/etc/hosts') : undefined
  return {
    directory: process.cwd(),
    spec,
    manifest,
    images: new Map(images),
    init,
    lock: { pid: process.pid, fd: LOCK_FD },
    ...(hostsOfHost !== undefined && { hostsOfHost }),
    devices: deviceSources(manifest),
    launcher: caller.launcher,
    network: caller.network,
    ...(caller.metadata && { metadata: caller.metadata }),
    input: caller.input,
    ...(caller.terminal && { terminal: caller.terminal }),
  }
}

/** How an app ended; undefined where there is no valid record. */
export function readExit(app: string): AppExit | undefined {
  try {
    return parseExit(readFileSync(POD_DIR.exited(app), 'utf8')) ?? undefined
  } catch {
    return undefined
  }
}

/** Whether the pod was ever set up. */
export const isReady = (): boolean => existsSync(POD_DIR.pid)

/** Whether an app's program was ever executed. */
export const hasStarted = (app: string): boolean => existsSync(POD_DIR.started(app))

/** The path of the in-pod program, which is installed beside this one. */
export const initProgram = (): string => join(library, 'appc-init')

/**
 * Checks the source of every `host` volume; gives the sources that are device nodes. Errors:
 * VOLUME_INVALID where a source does not exist.
 */
function deviceSources({ volumes = [], apps }: PodManifest): ReadonlySet<string> {
  const appVolumes = apps.flatMap(({ mounts = [] }) => mounts.flatMap(({ appVolume }) => appVolume ?? []))
  const devices = new Set<string>()
  for (const { name, kind, source } of [...volumes, ...appVolumes]) {
    if (kind !== 'host' || source === undefined) continue
    const status = statSync(source, { throwIfNoEntry: false })
    if (status === undefined)
      throw new RuntimeError('VOLUME_INVALID', `volume ${name}: ${source} does not exist`, {
        hint: `namei --long ${source}`,
      })
    if (status.isCharacterDevice() || status.isBlockDevice()) devices.add(source)
  }
  return devices
}

/**
 * Reads an object from a file of stage0; undefined where the file is missing. stage0 writes such
 * files atomically, so a broken one was damaged later. Errors: POD_STATE where it is broken;
 * FILE_UNREADABLE.
 */
function readJSON(path: string): unknown {
  const text = readTextFile(path)
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The error follows below.
  }
  if (isObject(value)) return value
  throw new RuntimeError('POD_STATE', `${resolve(path)}: is broken`, {
    hint: `appc rm ${basename(process.cwd())}`,
  })
}
