import { closeSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import type { DataDir, Place } from '../data-dir.js'

/**
 * The UUIDs of the pods that need an image: prepared ones, and those being prepared or running, which is what a held
 * lock says of the two places.
 */
export function imageUsers(dir: DataDir, id: string): string[] {
  const needing = (place: Place, whenLocked: boolean): string[] =>
    names(dir.place(place)).filter((uuid) => {
      const pod = dir.pod(place, uuid)
      return refersTo(pod, id) && (!whenLocked || isLocked(pod))
    })
  return [...needing('prepare', true), ...needing('prepared', false), ...needing('run', true)]
}

function refersTo(pod: string, id: string): boolean {
  const file = (app: string): string => join(pod, POD_DIR.appImageID(app))
  return names(join(pod, 'appsinfo')).some((app) => text(file(app)).trim() === id)
}

/** Somebody holds the pod's lock: asked with a shared one, which two askers can have at once. */
function isLocked(pod: string): boolean {
  try {
    const fd = native.tryLock(pod, 'shared')
    if (fd !== null) closeSync(fd)
    return fd === null
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}

const names = (path: string): string[] => orWhenGone(() => readdirSync(path), [])
const text = (path: string): string => orWhenGone(() => readFileSync(path, 'utf8'), '')

function orWhenGone<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return otherwise
    throw error
  }
}
