import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { NO_FILE } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { isObject } from '#schema/check.js'
import type { Bounds } from '#schema/bounds.js'
import { parseExit } from '#schema/exit-record.js'
import { boundsOf, type RunSpecApp } from '#schema/run-spec.js'
import type { AppExit } from '#schema/status.js'
import { ignoreMissing } from '../files/missing.js'

/** The text of a file of a pod directory; null where it is missing (yet, or for ever) or cannot be read: one pod's broken file is no end of a list. */
export const readText = (directory: string, file: string): string | null =>
  ignoreMissing(() => readFileSync(join(directory, file), 'utf8'), null, UNREADABLE)

/** When a file of a pod directory was written; null where it is missing or cannot be looked at. */
export const timeOf = (directory: string, file: string): Date | null =>
  ignoreMissing(() => statSync(join(directory, file), { throwIfNoEntry: false })?.mtime ?? null, null, UNREADABLE)

/** What a file gives that is not there, is another thing, or lies on a dying disk. */
const UNREADABLE = [...NO_FILE, 'EACCES', 'EIO']

/** What is known of a run spec. */
export interface KnownRunSpec {
  readonly id: string | null
  readonly podName: string | null
  readonly network: string | null
  /** Null where none were told. */
  readonly bounds: Bounds | null
  readonly apps: readonly RunSpecApp[]
}

/** Reads what it can of a run spec, however broken; a missing one says nothing. */
export function readRunSpec(directory: string): KnownRunSpec {
  const { id, podName, network, bounds, apps } = readObject(directory, POD_DIR.runSpec) ?? {}
  return {
    id: textOrNull(id),
    podName: textOrNull(podName),
    network: textOrNull(network),
    bounds: isObject(bounds) ? boundsOf({ bounds }) : null,
    apps: Array.isArray(apps) ? apps.filter(isRunSpecApp) : [],
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string')

const isRunSpecApp = (value: unknown): value is RunSpecApp =>
  isObject(value) &&
  ['name', 'imageID', 'imageName'].every((key) => typeof value[key] === 'string') &&
  Array.isArray(value['layers']) &&
  (value['capabilities'] === undefined || isTexts(value['capabilities']))

/** How an app ended; null while it has not, or where the record is broken. */
export const readExit = (directory: string, app: string): AppExit | null =>
  parseExit(readText(directory, POD_DIR.exited(app)) ?? '')

/** The pod init's PID, as written before the pod was ready. */
export function readPID(directory: string): number | null {
  const text = readText(directory, POD_DIR.pid)?.trim() ?? ''
  return /^[1-9]\d*$/.test(text) ? Number(text) : null
}

function readObject(directory: string, file: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(readText(directory, file) ?? 'null')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch (error) {
    // a power cut may leave half a file, or an empty one
    if (error instanceof SyntaxError) return null
    throw error
  }
}
