import { existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { formatSecrets, parseSecrets, SECRET_BYTES, SIGNING_SECRETS } from '#schema/signing-secrets.js'
import type { DataDir } from '../data-dir.js'
import { syncDirectory, writeDurable } from '../files/durable.js'
import { underLock } from '../files/lock.js'
import { randomName } from '../files/random.js'

/**
 * Makes the first secret of the metadata service, where the data directory has none. Of two
 * processes, the first one makes it. Errors: those of the file system.
 */
export function ensureSigningSecret({ root }: DataDir): void {
  const path = join(root, SIGNING_SECRETS)
  if (existsSync(path)) return
  const draft = writeDraft(path, [newSecret()])
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Makes a new secret, with which services that start later sign. The one before still verifies;
 * those before it do no longer. Errors: those of the file system; POD_STATE where the file is
 * broken.
 */
export async function rotateSigningSecret(dir: DataDir): Promise<void> {
  const path = join(dir.root, SIGNING_SECRETS)
  ensureSigningSecret(dir)
  await underLock(dir.root, () => {
    const secrets = parseSecrets(readFileSync(path, 'utf8'))
    if (secrets === null) {
      throw new RuntimeError('POD_STATE', `${path}: is broken`, { hint: `rm ${path}` })
    }
    renameSync(writeDraft(path, [newSecret(), ...secrets.slice(0, 1)]), path)
    syncDirectory(dir.root)
  })
}

const newSecret = (): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))

/**
 * Writes secrets to a temporary file that survives a power cut, so that the file never has an
 * incomplete text. Gives its path.
 */
function writeDraft(path: string, secrets: readonly Buffer[]): string {
  const draft = `${path}.${randomName()}`
  writeDurable(draft, formatSecrets(secrets))
  return draft
}
