import { readFileSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { type Command, execute } from './plugins/command.js'
import { tableUse } from './table/live-pods.js'
import { isTableMissing } from './table/load-table.js'
import { parseFailure } from './plugins/result.js'

/** How long a plugin may take, in milliseconds. */
const PATIENCE = 20_000

/**
 * Asks the plugins of the pod of the current directory whether its networks are as they were made
 * (CHECK, CNI specification 1.0, section 2), and looks for the nftables table that it needs. Gives
 * a line for each difference. What they check is written down as the commands that leave the
 * networks; there is no CHECK before 0.4.0.
 */
export async function checkNetworks(): Promise<readonly string[]> {
  const leave = readCommands()
  if (leave.length === 0) return []
  const namespace = `/proc/${readFileSync(POD_DIR.pid, 'utf8').trim()}/ns/net`
  const findings: string[] = []
  if (tableUse('.') !== null && (await isTableMissing())) {
    findings.push('nftables: the table inet appc is missing; appc gc makes it again')
  }
  for (const command of leave.toReversed().flatMap((undo) => checkOf(undo, namespace))) {
    const { status, stdout, stderr } = await execute(command, PATIENCE)
    if (status !== 0) findings.push(`${command.program}: ${parseFailure(stdout) ?? (stderr.trim() || 'failed')}`)
  }
  return findings
}

/** The CHECK of a plugin's DEL; none for another command. */
function checkOf({ environment, ...command }: Command, namespace: string): Command[] {
  if (!environment.includes('CNI_COMMAND=DEL') || /"cniVersion":"0\.3\./.test(command.input)) return []
  const changed = { CNI_COMMAND: 'CHECK', CNI_NETNS: namespace }
  const kept = environment.filter((line) => !Object.keys(changed).some((name) => line.startsWith(`${name}=`)))
  const input = withNamespace(command.input, namespace)
  return [{ ...command, input, environment: [...kept, ...Object.entries(changed).map((pair) => pair.join('='))] }]
}

/**
 * The input of a plugin, in whose result the pod's interfaces are in this namespace: a plugin
 * compares it with CNI_NETNS, and the path by which they were made has ended with the launcher.
 */
function withNamespace(input: string, namespace: string): string {
  const config = JSON.parse(input) as { prevResult?: { interfaces?: { sandbox?: string }[] } }
  for (const made of config.prevResult?.interfaces ?? []) if (made.sandbox) made.sandbox = namespace
  return JSON.stringify(config)
}

function readCommands(): readonly Command[] {
  try {
    return JSON.parse(readFileSync(POD_DIR.leave, 'utf8')) as Command[]
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}
