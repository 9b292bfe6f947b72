import { hostSide, portRange } from '#schema/published-port.js'
import type { PortView } from '../pod/view.js'

/** A port as `list` and `status` show it: `8080->80/tcp`, `127.0.0.1:53->53/udp`. */
export function portText({ name, protocol, host_ip: hostIP, host_port: hostPort, port, count }: PortView): string {
  const host = hostSide({
    name,
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    ...(hostIP !== null && { hostIP }),
    hostPort,
    port,
    count,
  })
  return host.replace(/\/(?=[a-z]+$)/, `->${portRange(port, count)}/`)
}
