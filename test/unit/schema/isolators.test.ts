import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { Place } from '#schema/check.js'
import { appIsolators, podIsolators, unknownIsolators } from '#schema/isolator.js'
import { ISOLATOR_NAMES, ISOLATORS } from '#schema/isolator-table.js'
import { isolatorValues } from '#schema/known-isolator.js'

type Listed = readonly { readonly name: string; readonly value: unknown }[]

const one = (name: string, value: unknown): Listed => [{ name, value }]
const faults = (isolators: Listed, parser = appIsolators): string[] => {
  const at = new Place()
  parser(isolators, at)
  return at.problems.map(({ path, message }) => `${path}: ${message}`)
}
const notes = (isolators: Listed, parser = appIsolators): string[] => {
  const at = new Place()
  assert.ok(parser(isolators, at), at.problems.map(({ message }) => message).join('; '))
  return at.notes.map(({ message }) => message)
}

describe('isolators of the right form', () => {
  for (const [rule, isolators] of [
    ['I1', one('os/linux/seccomp-remove-set', { set: ['reboot', '@appc.io/empty'], errno: 'EPERM' })],
    ['I2', one('os/linux/seccomp-retain-set', { set: ['@appc.io/all'], errno: '' })],
    ['I4', one('os/linux/selinux-context', { user: 'u', role: 'r', type: 't', level: 's0:c1,c2' })],
    ['I5', one('os/linux/apparmor-profile', { profile: 'default' })],
    ['I6', one('os/linux/capabilities-remove-set', { set: ['CAP_MKNOD'] })],
    ['I7', one('os/linux/no-new-privileges', true)],
    ['I8', one('resource/memory', { request: '1G', limit: '2G' })],
    ['I9', one('resource/cpu', { request: '250m', limit: 0.5 })],
    ['I10', one('resource/block-bandwidth', { default: true, limit: '2M' })],
    ['I10', one('resource/block-iops', { default: true, limit: '1000' })],
    ['I11', one('resource/network-bandwidth', { default: true, limit: '1G' })],
    ['I13', one('os/linux/oom-score-adj', -1000)],
    ['I13', one('os/linux/cpu-shares', 262144)],
  ] as const) {
    test(`SPEC ${rule}: ${isolators[0]?.name ?? ''}`, () => {
      assert.deepEqual(notes(isolators), [])
    })
  }

  test('SPEC I12: os/unix/sysctl of a pod', () => {
    assert.deepEqual(notes(one('os/unix/sysctl', { 'net.ipv4.tcp_mtu_probing': '1' }), podIsolators), [])
  })

  test('SPEC I14: an unknown one is noted', () => {
    assert.deepEqual(notes(one('example.com/new', 7)), ['unknown isolator "example.com/new" is ignored'])
    assert.deepEqual(unknownIsolators([...one('example.com/new', 7), ...one('resource/cpu', {})]), ['example.com/new'])
  })

  test('one out of its scope is noted', () => {
    assert.deepEqual(notes(one('os/unix/sysctl', {})), ['"os/unix/sysctl" means nothing for an app'])
    assert.deepEqual(notes(one('os/linux/no-new-privileges', true), podIsolators), [
      '"os/linux/no-new-privileges" means nothing for a pod',
    ])
  })

  test('values are found by name, in the order of the list where several stand', () => {
    const isolators = [...one('resource/cpu', { limit: '1' }), ...one('resource/cpu', { limit: '2' })]
    assert.deepEqual(isolatorValues(isolators, 'resource/cpu'), [{ limit: '1' }, { limit: '2' }])
    assert.deepEqual(isolatorValues(isolators, 'resource/memory'), [])
    assert.deepEqual(isolatorValues([], 'resource/memory'), [])
  })

  test('which may stand several times, and which pairs exclude each other', () => {
    assert.deepEqual(
      ISOLATOR_NAMES.filter((name) => ISOLATORS[name].repeatable),
      [
        'os/linux/capabilities-remove-set',
        'os/linux/capabilities-retain-set',
        'os/linux/no-new-privileges',
        'resource/memory',
        'resource/cpu',
        'resource/block-bandwidth',
        'resource/block-iops',
        'resource/network-bandwidth',
      ],
    )
    assert.deepEqual(
      ISOLATOR_NAMES.flatMap((name) => ISOLATORS[name].excludes ?? []),
      ['os/linux/seccomp-retain-set', 'os/linux/capabilities-retain-set'],
    )
  })
})

describe('isolators of the wrong form', () => {
  const set = ['reboot']
  for (const [rule, isolators, fault] of [
    ['I1', one('os/linux/seccomp-remove-set', { set: [] }), '[0].value.set: the set is empty'],
    ['I1', one('os/linux/seccomp-remove-set', {}), '[0].value.set: missing'],
    [
      'I1',
      one('os/linux/seccomp-remove-set', { set, errno: 'eperm' }),
      '[0].value.errno: expected an error name like EPERM, got "eperm"',
    ],
    ['I2', one('os/linux/seccomp-retain-set', { set: [7] }), '[0].value.set[0]: expected a string, got 7'],
    [
      'I3',
      [...one('os/linux/seccomp-retain-set', { set }), ...one('os/linux/seccomp-remove-set', { set })],
      ': "os/linux/seccomp-remove-set" and "os/linux/seccomp-retain-set" exclude each other',
    ],
    [
      'I3',
      [...one('os/linux/seccomp-retain-set', { set }), ...one('os/linux/seccomp-retain-set', { set })],
      ': more than one "os/linux/seccomp-retain-set"',
    ],
    [
      'I4',
      one('os/linux/selinux-context', { user: 'a:b', role: 'r', type: 't', level: 's0' }),
      '[0].value.user: "a:b" holds a colon',
    ],
    ['I5', one('os/linux/apparmor-profile', { profile: '' }), '[0].value.profile: cannot be empty'],
    [
      'I6',
      [...one('os/linux/capabilities-retain-set', { set }), ...one('os/linux/capabilities-remove-set', { set })],
      ': "os/linux/capabilities-remove-set" and "os/linux/capabilities-retain-set" exclude each other',
    ],
    ['I7', one('os/linux/no-new-privileges', 'true'), '[0].value: expected true or false, got "true"'],
    ['I8', one('resource/memory', { default: true }), '[0].value.default: cannot be true for this resource'],
    ['I8', one('resource/memory', '2G'), '[0].value: expected an object, got "2G"'],
    [
      'I9',
      one('resource/cpu', { limit: 'two' }),
      '[0].value.limit: expected a quantity like 128974848, 0.3, 300m, 2G or 123Mi, got "two"',
    ],
    ['I10', one('resource/block-iops', { limit: '1' }), '[0].value.default: missing'],
    ['I10', one('resource/block-bandwidth', { default: false, limit: '1' }), '[0].value.default: must be true'],
    [
      'I11',
      one('resource/network-bandwidth', { default: true, request: '1', limit: '1' }),
      '[0].value.request: this resource has a limit only',
    ],
    ['I12', one('os/unix/sysctl', { 'net.a': 1 }), '[0].value."net.a": expected a string, got 1'],
    ['I13', one('os/linux/oom-score-adj', 1001), '[0].value: expected -1000…1000, got 1001'],
    ['I13', one('os/linux/cpu-shares', 1), '[0].value: expected 2…262144, got 1'],
  ] as const) {
    test(`SPEC ${rule}: ${fault}`, () => {
      assert.deepEqual(faults(isolators), [fault])
    })
  }
})
