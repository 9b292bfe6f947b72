import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { unitID } from '#schema/unit-name.js'
import type { DataDir } from '../data-dir.js'
import { stage1Program } from './handoff.js'
import { liveHolder } from './live-holder.js'
import type { Pod } from './pod.js'
import { readRunSpec } from './records.js'
import { Stage1Collector } from './stage1-collector.js'

/**
 * Removes what pods leave outside their directories, through the stage1 flavor of each pod. One
 * `stage1 gc` per flavor serves all pods of a command: to start one for each pod would take longer
 * than the rest of the removal.
 */
export class Leftovers implements AsyncDisposable {
  /** What could not be removed, one line each. */
  readonly warnings: string[] = []
  readonly #dir: DataDir
  readonly #collectors = new Map<string, Stage1Collector>()

  constructor(dir: DataDir) {
    this.#dir = dir
  }

  /**
   * Removes what a pod left; the caller holds its lock. Errors: those of `stage1 gc`; INTERNAL
   * where it ended without an answer.
   */
  async remove(pod: Pod): Promise<void> {
    const { uuid, directory } = pod
    // A launcher makes its directory before anything that outlives it.
    if (!existsSync(join(directory, POD_DIR.stage1))) return
    const id = readRunSpec(directory).id ?? unitID(uuid)
    const warnings = await this.#collector(pod).collect({
      uuid,
      id,
      directory,
      idInUse: liveHolder(this.#dir, id, uuid) !== null,
    })
    this.warnings.push(...warnings)
  }

  /** Waits until every `stage1 gc` has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#collectors.values()].map((collector) => collector.end()))
  }

  #collector(pod: Pod): Stage1Collector {
    const program = stage1Program(pod)
    const collector = this.#collectors.get(program) ?? new Stage1Collector(program)
    this.#collectors.set(program, collector)
    return collector
  }
}
