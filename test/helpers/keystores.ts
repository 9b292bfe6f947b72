import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { ConfigDirs } from '../../stage0/config/config-dirs.js'
import { Keystore } from '../../stage0/trust/keystore.js'
import { scratch } from './scratch.js'

/** An empty keystore for one test. */
export function emptyKeystore(t: TestContext): Keystore & { readonly dirs: ConfigDirs } {
  const directory = scratch(t)
  return new Keystore({
    system: join(directory, 'system'),
    local: join(directory, 'local'),
    user: join(directory, 'user'),
  })
}

/** Writes bytes to the place of a key for `prefix` (null: every image). */
export function plant(level: string, prefix: string | null, name: string, bytes: string | Uint8Array): string {
  const path = join(level, 'trustedkeys', prefix === null ? 'root.d' : join('prefix.d', prefix), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}
