import { spawnSync } from 'node:child_process'

import { milliseconds, output } from './commands.js'
import type { Figure } from './figure.js'
import type { Images } from './images.js'
import { interleave } from './samples.js'
import { PODMAN, podmanRun } from './start.js'

const LINES = 100_000
const BYTES = 1_000_000_000

/**
 * The output of apps: a large amount through the foreground, and many short lines to the journal.
 */
export async function streamFigures(images: Images, rounds: number): Promise<Figure[]> {
  const zeros = `head -c ${BYTES} /dev/zero`
  const through = await interleave(
    {
      appc: () => milliseconds('appc', 'run', '--net=none', images.tiny, '--exec=/bin/sh', '--', '-c', zeros),
      podman: () =>
        milliseconds('podman', ...PODMAN, 'run', ...podmanRun('none'), images.podman, '/bin/sh', '-c', zeros),
    },
    rounds,
  )
  const numbers = `seq 1 ${LINES}`
  const lines = await interleave(
    {
      appc: () =>
        untilSynchronized(
          ...['appc', 'run', '--net=none', '--log-rate-limit=none', images.tiny],
          ...['--exec=/bin/sh', '--', '-c', `${numbers} >/dev/stderr`],
        ),
      // In a unit, whose lines journald processes as it does those of appc, and without its rate
      // limit.
      systemdCat: () =>
        untilSynchronized(
          ...['systemd-run', '--wait', '--quiet', '--collect', '-p', 'LogRateLimitIntervalSec=0'],
          ...['systemd-cat', '--priority=err', 'sh', '-c', numbers],
        ),
    },
    rounds,
  )
  return [
    { name: '1 GB through stdout of appc run', value: through.appc, unit: 'ms' },
    { name: 'the same of podman run', value: through.podman, unit: 'ms' },
    { name: '1 GB: appc run / podman run', value: through.appc / through.podman, unit: '×', least: 2, aim: 1 },
    { name: '100,000 lines into the journal, appc run', value: lines.appc, unit: 'ms' },
    { name: 'the same by systemd-cat', value: lines.systemdCat, unit: 'ms' },
    { name: 'lines: appc run / systemd-cat', value: lines.appc / lines.systemdCat, unit: '×', least: 1 / 0.7, aim: 1 },
  ]
}

/** Milliseconds until the command has ended and the journal has its output. */
function untilSynchronized(command: string, ...args: string[]): number {
  const begin = performance.now()
  const { status } = spawnSync(command, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status ?? 'by signal'}`)
  output('journalctl', '--sync')
  return performance.now() - begin
}
