import { existsSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { type Command, execute, type Execution } from '../plugins/command.js'

/** Where nft(8) is. */
const NFT = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'] as const

/** How long it may take, in milliseconds. */
const PATIENCE = 20_000

/** The command that executes a text of nft(8), in one transaction. Errors: HOST_UNSUPPORTED. */
export function nftCommand(input: string): Command {
  const program = NFT.find((path) => existsSync(path))
  if (program === undefined) {
    throw new RuntimeError('HOST_UNSUPPORTED', `${NFT[0]}: is missing, so pods cannot reach other hosts`, {
      hint: 'apt install nftables',
    })
  }
  return { program, arguments: ['-f', '-'], environment: [], input }
}

/** Executes a text of nft(8); gives its message where it fails. Errors: HOST_UNSUPPORTED. */
export async function nft(text: string, execution: Execution = {}): Promise<string | null> {
  const command = nftCommand(text)
  const { status, stderr } = await execute(command, PATIENCE, execution)
  return status === 0 ? null : `${command.program}: ${stderr.trim() || 'failed'}`
}
