import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { native } from '#native'
import { isErrno } from '#schema/errors.js'
import { RUNTIME_DIR } from '#schema/runtime-dir.js'
import { PROLOGUE, withPrologue } from './plan/seccomp-prologue.js'
import type { PlannedFilter } from './plan/seccomp.js'

/**
 * Only root may write to this directory, so its files can be trusted. It is removed at reboot, when
 * the kernel may change too.
 */
const CACHE = RUNTIME_DIR.seccomp
const NAME_LENGTH = 32

/**
 * A filter as the kernel takes it (the raw array of struct sock_filter), compiled once for all pods
 * that use it. A cache file holds one line of JSON with all inputs of the filter, which is compared
 * on a hit, and then the filter.
 */
export function filterProgram(filter: PlannedFilter): Buffer {
  const text = `${JSON.stringify({ filter, before: PROLOGUE })}\n`
  const key = Buffer.from(text)
  const path = `${CACHE}/${native.sha512(text).slice(0, NAME_LENGTH)}`
  const cached = readCache(path)
  if (cached?.subarray(0, key.length).equals(key)) return cached.subarray(key.length)
  const { known, recent } = filter
  const program = withPrologue(native.compileSeccomp(known), { recent, compat: known.compat, machine: process.arch })
  mkdirSync(CACHE, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, Buffer.concat([key, program]), { mode: 0o600 })
  renameSync(temporary, path)
  return program
}

function readCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
