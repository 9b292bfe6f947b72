import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { library } from '#native'
import { type Command, execute } from './command.js'
import { writeRecord } from './record.js'
import type { HostInterface } from './result.js'

/** The in-pod program. */
const initProgram = (): string => join(library, 'appc-init')

/** How long leaving may take, in milliseconds. */
const PATIENCE = 90_000

/**
 * Writes down what takes the pod out of its networks, in the current pod directory. The in-pod
 * program executes it at the end of the pod unit (`appc-init leave DIR`), and {@link leaveNetworks}
 * where that never came. Errors: POD_START_FAILED.
 */
export function noteLeave(commands: readonly Command[]): void {
  writeRecord(POD_DIR.leave, commands)
}

/**
 * The command that removes the host's end of a veth pair.
 */
export const removeInterface = ({ name, mac }: HostInterface): Command => ({
  program: initProgram(),
  arguments: ['remove-interface', name, mac],
  environment: [],
  input: '',
})

/**
 * Takes a pod out of the networks that it is still in. Errors: NETWORK_FAILED.
 */
export async function leaveNetworks(directory: string): Promise<void> {
  if (!existsSync(join(directory, POD_DIR.leave))) return
  const command = { program: initProgram(), arguments: ['leave', directory], environment: [], input: '' }
  const { status, stderr, isTimedOut } = await execute(command, PATIENCE)
  if (status === 0) return
  const reason = isTimedOut ? `did not end within ${PATIENCE / 1000} s` : stderr.trim() || 'failed'
  throw new RuntimeError('NETWORK_FAILED', `${directory}: cannot leave its networks: ${reason}`, {
    hint: 'journalctl --identifier=appc',
  })
}
