import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JoinedNetwork } from '#schema/network.js'
import type { Port } from '#schema/port.js'
import { type DeclaringApp, publishedPorts } from '../../../stage0/prepare/ports.js'

const app = (name: string, ...ports: readonly Port[]): DeclaringApp => ({
  name,
  app: { exec: ['/bin/true'], user: '0', group: '0', ports },
})
const http: Port = { name: 'http', protocol: 'tcp', port: 80 }
const ours: JoinedNetwork = {
  config: { cniVersion: '1.0.0', name: 'default', plugins: [{ type: 'bridge' }] },
  arguments: '',
  masquerade: true,
}

describe('the ports of a pod', () => {
  test('have protocol, port and count from the app that declares them', () => {
    const range: Port = { name: 'rtp', protocol: 'udp', port: 5000, count: 10 }
    assert.deepEqual(publishedPorts([{ name: 'rtp', hostPort: 6000 }], [app('a', http), app('b', range)], [ours]), [
      { name: 'rtp', protocol: 'udp', hostPort: 6000, port: 5000, count: 10 },
    ])
  })

  test('SPEC P8: podPort takes the place of a declaration', () => {
    const podPort = { name: 'x', protocol: 'tcp', port: 9 }
    assert.deepEqual(publishedPorts([{ name: 'x', hostPort: 90, hostIP: '127.0.0.1', podPort }], [app('a')], [ours]), [
      { name: 'x', protocol: 'tcp', hostIP: '127.0.0.1', hostPort: 90, port: 9, count: 1 },
    ])
  })

  test('are two where the addresses differ, and an error where they meet', () => {
    const at = (hostIP: string) => ({ name: 'http', hostPort: 80, hostIP })
    assert.equal(publishedPorts([at('127.0.0.1'), at('::')], [app('a', http)], [ours]).length, 2)
    for (const hostIP of ['127.0.0.1', '0.0.0.0']) {
      assert.throws(() => publishedPorts([at('127.0.0.1'), at(hostIP)], [app('a', http)], [ours]), {
        code: 'PORT_INVALID',
      })
    }
  })

  test('are an error at [::1], and on a network that publishes none', () => {
    const at = { name: 'http', hostPort: 80, hostIP: '::1' }
    assert.throws(() => publishedPorts([at], [app('a', http)], [ours]), { code: 'PORT_INVALID' })
    const request = { name: 'http', hostPort: 80 }
    assert.throws(() => publishedPorts([request], [app('a', http)], [{ ...ours, masquerade: false }]), {
      code: 'PORT_INVALID',
    })
    const config = { ...ours.config, plugins: [{ type: 'portmap', capabilities: { portMappings: true } }] }
    assert.equal(publishedPorts([request], [app('a', http)], [{ ...ours, config, masquerade: false }]).length, 1)
  })
})
