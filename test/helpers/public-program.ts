import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const REPOSITORY = new URL('../../', import.meta.url)

/** A program of the App Container project, or why it is not available here. */
export type PublicProgram = { readonly path: string } | { readonly missing: string }

/**
 * A program of the App Container project, version 0.8.11: `actool`, or `ace`, the ACE validator.
 * Builds it with Go, unless that was done before; a bed has neither Go nor a network.
 */
export async function findPublicProgram(name: 'actool' | 'ace'): Promise<PublicProgram> {
  try {
    await promisify(execFile)(fileURLToPath(new URL('scripts/public-programs', REPOSITORY)))
    return { path: fileURLToPath(new URL(`dist/test/${name}`, REPOSITORY)) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { missing: `the public ${name} could not be built: ${reason}` }
  }
}
