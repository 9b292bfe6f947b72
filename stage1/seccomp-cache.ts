import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { withRecentCalls } from './plan/seccomp-recent.js'
import type { PlannedFilter } from './plan/seccomp.js'

/** Only root may write there, so what is found there is ours. Gone with the next boot, as may be the kernel. */
const CACHE = '/run/appc/seccomp'

/**
 * A filter for the kernel (the raw array of struct sock_filter), compiled once for all pods that use it. A cache file is the
 * filter as one line of JSON, by which a hit is told, then the compiled form.
 */
export async function compiledFilter(filter: PlannedFilter): Promise<Buffer> {
  const key = Buffer.from(`${JSON.stringify(filter)}\n`)
  const path = `${CACHE}/${checksum(key)}`
  const cached = readCache(path)
  if (cached?.subarray(0, key.length).equals(key)) return cached.subarray(key.length)
  const { native } = await import('#native')
  const program = withRecentCalls(native.compileSeccomp(filter.known), filter.recent)
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

/** FNV-1a: names differ where filters do, mostly; loading node:crypto for it would cost more than the pod's other files. */
function checksum(bytes: Uint8Array): string {
  let sum = 0x811c_9dc5
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x0100_0193)
  return (sum >>> 0).toString(16).padStart(8, '0')
}
