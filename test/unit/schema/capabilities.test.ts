import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  beyondDefault,
  capabilitiesOf,
  capabilityNames,
  DEFAULT_CAPABILITIES,
  isCapability,
  withinDefault,
} from '#schema/capabilities.js'

const isolator = (kind: 'retain' | 'remove', ...set: string[]) => ({
  name: `os/linux/capabilities-${kind}-set`,
  value: { set },
})

describe('SPEC I6: the capabilities that isolators ask for', () => {
  test('none said: the 14 of the default', () => {
    assert.deepEqual(capabilitiesOf(), DEFAULT_CAPABILITIES)
    assert.equal(DEFAULT_CAPABILITIES.length, 14)
  })

  test('retained ones are exactly those', () =>
    assert.deepEqual(capabilitiesOf([isolator('retain', 'CAP_SYS_ADMIN', 'CAP_KILL')]), ['CAP_KILL', 'CAP_SYS_ADMIN']))

  test('several retain-sets add up', () =>
    assert.deepEqual(capabilitiesOf([isolator('retain', 'CAP_KILL'), isolator('retain', 'CAP_BPF', 'CAP_KILL')]), [
      'CAP_BPF',
      'CAP_KILL',
    ]))

  test('several remove-sets add up', () => {
    const removed = ['CAP_KILL', 'CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_MKNOD']
    assert.deepEqual(
      capabilitiesOf([isolator('remove', 'CAP_KILL', 'CAP_CHOWN'), isolator('remove', 'CAP_SYS_ADMIN', 'CAP_MKNOD')]),
      DEFAULT_CAPABILITIES.filter((name) => !removed.includes(name)),
    )
  })

  test('what goes beyond the default, and what does not', () => {
    const wanted = ['CAP_KILL', 'CAP_SYS_PTRACE']
    assert.deepEqual([beyondDefault(wanted), withinDefault(wanted)], [['CAP_SYS_PTRACE'], ['CAP_KILL']])
  })
})

test('every name that isolators hold is known, or not', () => {
  const names = capabilityNames([isolator('remove', 'CAP_KILL', 'CAP_FLY'), { name: 'resource/cpu', value: {} }])
  assert.deepEqual(
    names.map((name) => [name, isCapability(name)]),
    [
      ['CAP_KILL', true],
      ['CAP_FLY', false],
    ],
  )
})

test('the capabilities that are known are those of the in-pod program', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../native/kernel/src/capabilities.rs'), 'utf8')
  const table = source.slice(source.indexOf('const NAMES'), source.indexOf('];'))
  const names = [...table.matchAll(/"(CAP_\w+)"/g)].map(([, name = '']) => name)
  assert.equal(names.length, 41)
  assert.deepEqual(
    names.filter((name) => !isCapability(name)),
    [],
  )
})
