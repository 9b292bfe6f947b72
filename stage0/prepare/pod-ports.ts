import { RuntimeError } from '#schema/errors.js'
import { hostSide, overlap, type PublishedPort } from '#schema/published-port.js'
import type { DataDir } from '../data-dir.js'
import { otherLivePods } from '../pod/live-holder.js'
import { readRunSpec } from '../pod/records.js'

/**
 * Checks that no other live pod than `uuid` publishes one of the ports. The ports of a pod with the
 * host's network do not count: its image declares them, and only its listening sockets are certain.
 * Errors: PORT_TAKEN.
 */
export function checkPodPorts(dir: DataDir, ports: readonly PublishedPort[], uuid: string): void {
  for (const pod of otherLivePods(dir, uuid)) {
    const { network, ports: taken } = readRunSpec(pod.directory)
    if (network === 'host') continue
    const port = ports.find((own) => taken.some((other) => overlap(own, other)))
    if (port === undefined) continue
    throw new RuntimeError('PORT_TAKEN', `port ${port.name}: ${hostSide(port)}: pod ${pod.uuid} has it`, {
      hint: `appc stop ${pod.uuid}`,
    })
  }
}
