import { output, milliseconds } from './commands.js'
import type { Figure } from './figure.js'
import type { Images } from './images.js'
import { interleave } from './samples.js'

/** The options that podman needs in a bed. */
export const PODMAN = ['--runtime', 'runc', '--cgroup-manager=cgroupfs']
/** The options that its `run` needs. */
export const podmanRun = (network: 'none' | 'bridge'): readonly string[] => [
  ...['--rm', '--network', network],
  ...['--ulimit', 'nofile=1024:4096', '--ulimit', 'nproc=1024:4096'],
]

/** The isolation of systemd that is closest to that of a pod. */
const ISOLATED = [
  'PrivateNetwork=yes',
  'PrivateIPC=yes',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'PrivateMounts=yes',
  'MountAPIVFS=yes',
]

/**
 * `appc run` of a cached image without network, compared with other programs; and the time of the
 * shortest command.
 */
export async function startFigures(images: Images, rounds: number): Promise<Figure[]> {
  const medians = await interleave(
    {
      version: () => milliseconds('appc', 'version'),
      appc: () => milliseconds('appc', 'run', '--net=none', images.tiny),
      detached: () => {
        const elapsed = milliseconds(...sleeping(images))
        stop()
        return elapsed
      },
      podman: () => milliseconds('podman', ...PODMAN, 'run', ...podmanRun('none'), images.podman, '/bin/true'),
      systemdRun: () =>
        milliseconds(
          'systemd-run',
          '--wait',
          '--quiet',
          '--collect',
          '-p',
          `RootDirectory=${images.root}`,
          '/bin/true',
        ),
    },
    rounds,
  )
  return [
    { name: 'appc run', value: medians.appc, unit: 'ms' },
    { name: 'podman run --network none', value: medians.podman, unit: 'ms' },
    { name: 'systemd-run --wait -p RootDirectory=', value: medians.systemdRun, unit: 'ms' },
    { name: 'appc run --detach', value: medians.detached, unit: 'ms' },
    { name: 'appc run / podman run', value: medians.appc / medians.podman, unit: '×', least: 0.6, aim: 0.5 },
    {
      name: 'appc run --detach / podman run',
      value: medians.detached / medians.podman,
      unit: '×',
      least: 0.45,
      aim: 0.35,
    },
    { name: 'appc run / systemd-run', value: medians.appc / medians.systemdRun, unit: '×' },
    { name: 'appc version', value: medians.version, unit: 'ms', least: 25, aim: 15 },
  ]
}

const POD = 'bench'

/** A command that starts a pod, which runs until {@link stop}. */
const sleeping = ({ tiny }: Images): [string, ...string[]] => [
  ...(['appc', 'run', '--net=none', '--detach', `--pod-name=${POD}`] as [string, ...string[]]),
  ...[tiny, '--exec=/bin/sleep', '--', '1000'],
]

function stop(): void {
  output('appc', 'stop', '--force', POD)
  output('appc', 'rm', POD)
}

/**
 * The part of PID 1: from the start of the first job to the app's exec, from systemd's own
 * timestamps.
 */
export async function execFigures(images: Images, rounds: number): Promise<Figure[]> {
  const medians = await interleave(
    {
      appc: () => {
        output(...sleeping(images))
        const elapsed = since('appc-bench.slice', 'appc-bench-tiny.service')
        stop()
        return elapsed
      },
      systemdRun: () => {
        const properties = [`RootDirectory=${images.root}`, 'Type=exec', ...ISOLATED].flatMap((p) => ['-p', p])
        output('systemd-run', '--quiet', '--collect', '--unit=bench-peer', ...properties, '/bin/sleep', '1000')
        const elapsed = since('bench-peer.service', 'bench-peer.service')
        output('systemctl', 'stop', 'bench-peer')
        return elapsed
      },
    },
    rounds,
  )
  return [
    { name: 'pod: first job to exec', value: medians.appc, unit: 'ms' },
    { name: 'systemd-run, root and private namespaces: the same', value: medians.systemdRun, unit: 'ms' },
    { name: 'start by PID 1 / systemd-run', value: medians.appc / medians.systemdRun, unit: '×', least: 2, aim: 1.2 },
  ]
}

function since(first: string, last: string): number {
  const microseconds = (unit: string, property: string) =>
    Number(output('systemctl', 'show', '--value', '-p', property, unit).trim())
  return (
    (microseconds(last, 'ActiveEnterTimestampMonotonic') - microseconds(first, 'InactiveExitTimestampMonotonic')) / 1000
  )
}
