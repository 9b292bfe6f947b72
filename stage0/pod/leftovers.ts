import { existsSync, readdirSync } from 'node:fs'
import { unitID } from '#schema/unit-name.js'
import type { DataDir } from '../data-dir.js'
import { liveHolder } from './claim.js'
import type { Pod } from './pod.js'
import { readRunSpec } from './records.js'
import { runStage1 } from './stage1.js'

/** Where systemd keeps the files of transient units as long as they are loaded. */
const TRANSIENT = '/run/systemd/transient'

/**
 * Lets stage1 clear what a pod that ended badly left in systemd. Asks the file system first, because nearly every pod
 * leaves nothing and a launcher costs more than all the rest of its removal.
 */
export async function clearUnits(dir: DataDir, pod: Pod, transient: string = TRANSIENT): Promise<void> {
  const id = readRunSpec(pod.directory).id ?? unitID(pod.uuid)
  if (!existsSync(transient)) return
  if (!readdirSync(transient).some((unit) => unit.startsWith(`appc-${id}.`) || unit.startsWith(`appc-${id}-`))) return
  // the units of that name may be those of a newer pod
  if (liveHolder(dir, id, pod.uuid) === null) await runStage1(pod, ['gc', pod.uuid])
}
