import { readFileSync } from 'node:fs'
import { parsePodManifest, type PodManifest } from '#schema/pod-manifest.js'
import { wrapFileErrors } from '../files/file-errors.js'

/** Reads a pod manifest that is run unchanged (P9). Errors: FILE_UNREADABLE, MANIFEST_INVALID. */
export const readPodManifest = (path: string): PodManifest =>
  wrapFileErrors(path, () => parsePodManifest(readFileSync(path), path))
