import type { App } from '#schema/app.js'
import { RuntimeError } from '#schema/errors.js'
import type { ExposedPort } from '#schema/exposed-port.js'
import { mayPublish, type PodNetworks } from '#schema/network.js'
import type { RuntimeApp } from '#schema/pod-manifest.js'
import type { Port } from '#schema/port.js'
import { hostSide, overlap, PORT_PROTOCOLS, type PortProtocol, type PublishedPort } from '#schema/published-port.js'

const MAX_PORT = 65535

/** An app of the pod with its effective app section. */
export interface DeclaringApp extends Pick<RuntimeApp, 'name'> {
  readonly app: App | undefined
}

/**
 * The ports of a pod that are reachable on the host (SPEC P8). With the host's network these are
 * the ports that the apps declare, and a request may only repeat that. Errors: PORT_INVALID.
 */
export function publishedPorts(
  requests: readonly ExposedPort[],
  apps: readonly DeclaringApp[],
  network: PodNetworks,
): readonly PublishedPort[] {
  const ports = requests.map((request) => publishedPort(request, declaredPort(request, apps)))
  for (const [index, port] of ports.entries()) {
    const double = ports.slice(0, index).find((earlier) => overlap(earlier, port))
    if (double !== undefined) {
      throw invalid(port, `${hostSide(port)}: port ${double.name} of the pod has it`, 'appc run --help')
    }
  }
  if (network === 'host') return hostPorts(ports, apps)
  const [first] = ports
  if (first !== undefined) checkNetworks(first, network)
  return ports
}

function declaredPort({ name, podPort }: ExposedPort, apps: readonly DeclaringApp[]): Port {
  if (podPort !== undefined) return podPort
  const found = apps.flatMap((owner) =>
    (owner.app?.ports ?? []).filter((port) => port.name === name).map((port) => ({ owner: owner.name, port })),
  )
  const [first, second] = found
  if (first === undefined) {
    const names = apps.flatMap(({ app }) => (app?.ports ?? []).map((port) => port.name))
    const known = names.length === 0 ? 'none' : names.join(', ')
    throw invalid({ name }, `no app of the pod declares it; declared: ${known}`, 'appc image cat-manifest IMAGE')
  }
  if (second !== undefined) {
    throw invalid(
      { name },
      `the apps ${first.owner} and ${second.owner} both declare it`,
      'run one of them in another pod',
    )
  }
  return first.port
}

function publishedPort({ name, hostPort, hostIP }: ExposedPort, { protocol, port, count = 1 }: Port): PublishedPort {
  if (!isProtocol(protocol)) {
    throw invalid({ name }, `${protocol}: only ports of ${PORT_PROTOCOLS.join(' and ')} can be published`)
  }
  if (hostPort + count - 1 > MAX_PORT) {
    throw invalid({ name }, `its range of ${count} from ${hostPort} ends past ${MAX_PORT}`)
  }
  if (hostIP === '::1')
    throw invalid({ name }, '[::1]: the kernel forwards nothing from there', `--port=${name}:127.0.0.1:${hostPort}`)
  return { name, protocol, ...(hostIP !== undefined && { hostIP }), hostPort, port, count }
}

const isProtocol = (protocol: string): protocol is PortProtocol =>
  (PORT_PROTOCOLS as readonly string[]).includes(protocol)

function hostPorts(requested: readonly PublishedPort[], apps: readonly DeclaringApp[]): readonly PublishedPort[] {
  for (const port of requested) {
    if (port.hostIP === undefined && port.hostPort === port.port) continue
    throw invalid(
      port,
      `with --net=host the app itself listens on port ${port.port}; nothing makes it ${hostSide(port)}`,
      `--port=${port.name}:${port.port}, or --net=default`,
    )
  }
  const declared = apps.flatMap(({ app }) => app?.ports ?? [])
  return declared.flatMap(({ name, protocol, port, count = 1 }) =>
    isProtocol(protocol) ? [{ name, protocol, hostPort: port, port, count }] : [],
  )
}

function checkNetworks(port: PublishedPort, network: Exclude<PodNetworks, 'host'>): void {
  if (network === 'none') throw invalid(port, 'a pod without a network has no ports', '--net=default')
  if (network.some(mayPublish)) return
  const names = network.map(({ config }) => config.name).join(', ')
  throw invalid(port, `network ${names}: publishes no ports`, '--net=default, or a network with the plugin portmap')
}

const invalid = ({ name }: Pick<PublishedPort, 'name'>, problem: string, hint?: string): RuntimeError =>
  new RuntimeError('PORT_INVALID', `port ${name}: ${problem}`, { ...(hint !== undefined && { hint }) })
