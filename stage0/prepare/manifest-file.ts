import { readFileSync } from 'node:fs'
import { plainReason, RuntimeError } from '#schema/errors.js'
import { parsePodManifest, type PodManifest } from '#schema/pod-manifest.js'

/** Reads a pod manifest to be run as it is (P9). Errors: FILE_UNREADABLE, MANIFEST_INVALID. */
export function readPodManifest(path: string): PodManifest {
  try {
    return parsePodManifest(readFileSync(path), path)
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { cause })
  }
}
