import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { NO_FILE } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { isObject } from '#schema/check.js'
import type { Bounds } from '#schema/bounds.js'
import { parseExit } from '#schema/exit-record.js'
import { parsePublishedPorts, type PublishedPort } from '#schema/published-port.js'
import { boundsOf, type RunSpecApp } from '#schema/run-spec.js'
import type { AppExit } from '#schema/status.js'
import { ignoreMissing } from '../files/missing.js'

/**
 * The text of a file of a pod directory; null where it is missing or cannot be read: a broken file
 * of one pod must not fail a list of pods.
 */
export const readText = (directory: string, file: string): string | null =>
  ignoreMissing(() => readFileSync(join(directory, file), 'utf8'), null, UNREADABLE)

/**
 * The time at which a file of a pod directory was written; null where it is missing or cannot be
 * examined.
 */
export const timeOf = (directory: string, file: string): Date | null =>
  ignoreMissing(() => statSync(join(directory, file), { throwIfNoEntry: false })?.mtime ?? null, null, UNREADABLE)

/** The errors of a file that is missing, has another type, or is on a failing disk. */
const UNREADABLE = [...NO_FILE, 'EACCES', 'EIO']

/** The readable parts of a run spec. */
export interface PartialRunSpec {
  readonly flavor: string | null
  readonly id: string | null
  readonly podName: string | null
  readonly network: string | null
  readonly ports: readonly PublishedPort[]
  /** Null where the run spec has no bounds. */
  readonly bounds: Bounds | null
  readonly apps: readonly RunSpecApp[]
}

/**
 * Reads the valid parts of a run spec, however broken it is. Of a missing one all parts are null or
 * empty.
 */
export function readRunSpec(directory: string): PartialRunSpec {
  const { flavor, id, podName, network, ports, bounds, apps } = readObject(directory, POD_DIR.runSpec) ?? {}
  return {
    flavor: textOrNull(flavor),
    id: textOrNull(id),
    podName: textOrNull(podName),
    network: networkOf(network),
    ports: parsePublishedPorts(ports),
    bounds: isObject(bounds) ? boundsOf({ bounds }) : null,
    apps: Array.isArray(apps) ? apps.filter(isRunSpecApp) : [],
  }
}

/** `host`, `none`, or the names of the networks. */
function networkOf(value: unknown): string | null {
  if (!Array.isArray(value)) return textOrNull(value)
  const configs = value.map((network: unknown) => (isObject(network) ? network['config'] : undefined))
  return configs.map((config) => (isObject(config) && textOrNull(config['name'])) || '?').join(',')
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string')

const isRunSpecApp = (value: unknown): value is RunSpecApp =>
  isObject(value) &&
  ['name', 'imageID', 'imageName'].every((key) => typeof value[key] === 'string') &&
  Array.isArray(value['layers']) &&
  (value['capabilities'] === undefined || isTexts(value['capabilities']))

/** How an app ended; null while it has not ended, or where the record is broken. */
export const readExit = (directory: string, app: string): AppExit | null =>
  parseExit(readText(directory, POD_DIR.exited(app)) ?? '')

/**
 * The PID of the pod init, as it was written before the pod was ready; null where there is none.
 */
export function readPID(directory: string): number | null {
  const text = readText(directory, POD_DIR.pid)?.trim() ?? ''
  return /^[1-9]\d*$/.test(text) ? Number(text) : null
}

function readObject(directory: string, file: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(readText(directory, file) ?? 'null')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch (error) {
    // A power failure may leave a truncated or empty file.
    if (error instanceof SyntaxError) return null
    throw error
  }
}
