import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PublishedPort } from '#schema/published-port.js'
import { addPorts, removePorts } from '../../../stage1/network/table/port-elements.js'

const port = (more: Partial<PublishedPort> = {}): PublishedPort => ({
  name: 'http',
  protocol: 'tcp',
  hostPort: 8080,
  port: 80,
  count: 1,
  ...more,
})

const ADDRESSES = ['10.72.0.2', 'fd8a::2']

test('a port without an address is an element of both families', () => {
  assert.equal(
    addPorts([port({ count: 2 })], ADDRESSES),
    'add element inet appc ports4 { tcp . 8080 : 10.72.0.2 . 80, tcp . 8081 : 10.72.0.2 . 81 }\n' +
      'add element inet appc ports6 { tcp . 8080 : fd8a::2 . 80, tcp . 8081 : fd8a::2 . 81 }\n',
  )
})

test('a port with an address is an element of its family, 0.0.0.0 and :: of all its addresses', () => {
  const add = (hostIP: string) => addPorts([port({ hostIP })], ADDRESSES)
  assert.equal(add('127.0.0.1'), 'add element inet appc hostports4 { 127.0.0.1 . tcp . 8080 : 10.72.0.2 . 80 }\n')
  assert.equal(add('2001:db8::1'), 'add element inet appc hostports6 { 2001:db8::1 . tcp . 8080 : fd8a::2 . 80 }\n')
  assert.equal(add('0.0.0.0'), 'add element inet appc ports4 { tcp . 8080 : 10.72.0.2 . 80 }\n')
  assert.equal(add('::'), 'add element inet appc ports6 { tcp . 8080 : fd8a::2 . 80 }\n')
})

test('a family of which the pod has no address gets none', () => {
  assert.equal(addPorts([port({ hostIP: '::' })], ['10.72.0.2']), '')
})

test('the removal adds what is missing first, so that it succeeds twice and after a flush', () => {
  assert.equal(
    removePorts([port({ protocol: 'udp' })], ['10.72.0.2']),
    'add table inet appc\n' +
      'add map inet appc ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }\n' +
      'add element inet appc ports4 { udp . 8080 : 10.72.0.2 . 80 }\n' +
      'delete element inet appc ports4 { udp . 8080 }\n',
  )
})
