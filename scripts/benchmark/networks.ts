import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { milliseconds, millisecondsAtOnce, output } from './commands.js'
import type { Figure } from './figure.js'
import type { Images } from './images.js'
import { interleave, median } from './samples.js'
import { PODMAN, podmanRun } from './start.js'

const PODS = 100
const SINGLE = 20
const POD = 'bench'

/** The ports of the tiny image, on the host. */
const PORTS = ['--port=http:8080', '--port=control:8081']

/** A pod on the default network, alone, with ports, and 100 at once; and the way through a port. */
export async function networkFigures(images: Images, rounds: number): Promise<Figure[]> {
  return [
    ...(await startFigures(images, rounds)),
    ...(await atOnceFigures(images)),
    ...(await throughputFigures(images, rounds)),
  ]
}

async function startFigures({ tiny, podman }: Images, rounds: number): Promise<Figure[]> {
  const medians = await interleave(
    {
      none: () => milliseconds('appc', 'run', '--net=none', tiny),
      appc: () => milliseconds('appc', 'run', tiny),
      ports: () => milliseconds('appc', 'run', ...PORTS, tiny),
      podman: () => milliseconds('podman', ...PODMAN, 'run', ...podmanRun('bridge'), podman, '/bin/true'),
    },
    rounds,
  )
  const { none, appc, ports } = medians
  return [
    { name: 'appc run, default network', value: appc, unit: 'ms' },
    { name: 'podman run, its bridge', value: medians.podman, unit: 'ms' },
    { name: 'appc run / podman run, default network', value: appc / medians.podman, unit: '×', least: 0.5, aim: 0.35 },
    { name: 'default network and two ports − no network', value: ports - none, unit: 'ms', least: 40, aim: 20 },
  ]
}

async function atOnceFigures({ tiny }: Images): Promise<Figure[]> {
  const start = (name: string): [string, ...string[]] => [
    ...(['appc', 'run', '--detach', `--pod-name=${name}`, tiny] as [string, ...string[]]),
    ...['--exec=/bin/sleep', '--', '1000'],
  ]
  const singles = Array.from({ length: SINGLE }, (_, index) => `one${index}`)
  const single = median(singles.map((name) => milliseconds(...start(name))))
  remove(singles)
  const names = Array.from({ length: PODS }, (_, index) => `all${index}`)
  const atOnce = await millisecondsAtOnce(names.map(start))
  const pods = JSON.parse(output('appc', 'list', '--format=json')) as readonly {
    readonly state: string
    readonly networks: readonly { readonly addresses: readonly string[] }[]
  }[]
  const addresses = new Set(
    pods.flatMap(({ state, networks }) =>
      state === 'running' ? networks.flatMap((network) => network.addresses) : [],
    ),
  )
  remove(names)
  return [
    {
      name: `${PODS} pods at once on the default network / ${PODS} single starts`,
      value: atOnce / (PODS * single),
      unit: '×',
      least: 1,
      aim: 0.6,
    },
    { name: 'addresses of IPv4 and IPv6 that they lack', value: 2 * PODS - addresses.size, unit: '', least: 0, aim: 0 },
  ]
}

/**
 * A file's way to another host: from a pod through a port, appc's and podman's, and from a process
 * of the host.
 */
async function throughputFigures({ tiny, podman }: Images, rounds: number): Promise<Figure[]> {
  // Not in the data directory of appc, of which no volume shows anything.
  const data = mkdtempSync('/var/tmp/bench-')
  writeFileSync(join(data, 'file'), Buffer.alloc(512 << 20, 'appc'))
  output(
    ...(['appc', 'run', '--detach', `--pod-name=${POD}`, '--port=http:8080'] as [string, ...string[]]),
    ...[`--volume=data,kind=host,source=${data}`, tiny, '--mount=volume=data,target=/srv'],
    ...['--exec=/bin/busybox', '--', 'httpd', '-f', '-p', '8080', '-h', '/srv'],
  )
  output(
    ...(['podman', ...PODMAN, 'run', '--detach', `--name=${POD}`, '--network=bridge', '--publish=8070:8080'] as const),
    ...[`--volume=${data}:/srv`, podman, '/bin/busybox', 'httpd', '-f', '-p', '8080', '-h', '/srv'],
  )
  output('busybox', 'httpd', '-p', '8090', '-h', data)
  otherHost()
  try {
    const get = (port: number) => () =>
      milliseconds(
        ...(['ip', 'netns', 'exec', OTHER, 'curl', '-sS', '--fail', '--retry', '9', '--retry-connrefused'] as const),
        ...['-o', '/dev/null', `http://192.0.2.1:${port}/file`],
      )
    const medians = await interleave({ pod: get(8080), podman: get(8070), host: get(8090) }, rounds)
    return [
      {
        name: 'time of a request from outside: through a port / to a process of the host',
        value: medians.pod / medians.host,
        unit: '×',
        least: 1 / 0.9,
        aim: 1 / 0.97,
      },
      { name: 'the same with podman', value: medians.podman / medians.host, unit: '×' },
    ]
  } finally {
    spawnSync('pkill', ['-f', 'busybox httpd -p 8090'])
    output('ip', 'netns', 'delete', OTHER)
    remove([POD])
    output('podman', ...PODMAN, 'rm', '--force', '--time=0', POD)
    rmSync(data, { recursive: true })
  }
}

const OTHER = 'bench-other'

/** Another host, in a network namespace: 192.0.2.2; this one is 192.0.2.1 there. */
function otherHost(): void {
  for (const words of [
    `netns add ${OTHER}`,
    `link add bench0 type veth peer name eth0 netns ${OTHER}`,
    'address add 192.0.2.1/24 dev bench0',
    'link set bench0 up',
    `-n ${OTHER} address add 192.0.2.2/24 dev eth0`,
    `-n ${OTHER} link set eth0 up`,
  ]) {
    output('ip', ...words.split(' '))
  }
}

function remove(pods: readonly string[]): void {
  output('appc', 'stop', '--force', ...pods)
  output('appc', 'rm', ...pods)
}
