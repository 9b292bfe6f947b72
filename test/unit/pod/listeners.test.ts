import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenerText, parseListeners } from '../../../stage0/pod/listeners.js'
import { checkListeners } from '../../../stage0/prepare/host-ports.js'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0
   1: 0100007F:1F91 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0
`
const TABLE6 = `  sl  local_address rem_address st
   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0
`

test('the listeners in the files of the kernel; connections are none', () => {
  assert.deepEqual(parseListeners('tcp', TABLE), [{ protocol: 'tcp', address: '127.0.0.1', port: 8080, inode: '4711' }])
  assert.deepEqual(parseListeners('tcp', TABLE6), [{ protocol: 'tcp', address: '::1', port: 80, inode: '4713' }])
})

test('the place of a listener', () => {
  assert.equal(listenerText({ protocol: 'tcp', address: '127.0.0.1', port: 80 }), '127.0.0.1:80/tcp')
  assert.equal(listenerText({ protocol: 'udp', address: '::', port: 53 }), '[::]:53/udp')
})

test('a listener at another address, of another protocol or port is no conflict', () => {
  const port = { name: 'http', protocol: 'tcp', hostPort: 8079, port: 80, count: 2 } as const
  const listeners = parseListeners('tcp', TABLE)
  assert.throws(() => checkListeners([port], listeners), { code: 'PORT_TAKEN' })
  checkListeners([{ ...port, hostIP: '192.0.2.1' }], listeners)
  checkListeners([{ ...port, protocol: 'udp' }], listeners)
  checkListeners([{ ...port, count: 1 }], listeners)
})
