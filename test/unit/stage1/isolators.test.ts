import { strict as assert } from 'node:assert'
import { describe, test } from 'node:test'
import { Place } from '#schema/check.js'
import { appIsolators, podIsolators, type Isolator } from '#schema/isolator.js'
import type { IsolatorName, IsolatorScope, IsolatorValues } from '#schema/isolator-table.js'
import { RULES } from '../../../stage1/plan/isolators/rules.js'
import { planPod, type Plan } from '../../../stage1/plan/plan.js'
import { factsOf } from './facts.js'

/**
 * The changes that an isolator makes to the plan of a pod of one app: properties of units, and
 * fields of both plans.
 */
interface Change {
  readonly unit?: object
  readonly slice?: object
  readonly app?: object
  readonly pod?: object
  readonly warnings?: readonly string[]
}

/** One value of an isolator, and its changes where an app has it and where the pod has it. */
type Golden = {
  readonly [Name in IsolatorName]: { readonly value: IsolatorValues[Name] } & Readonly<Record<IsolatorScope, Change>>
}

const unenforced = (name: IsolatorName): Record<IsolatorScope, Change> => ({
  app: { warnings: [`app one: isolator ${name} is not enforced`] },
  pod: { warnings: [`pod: isolator ${name} is not enforced`] },
})

/** A new isolator needs its case here: the compiler reports a missing one. */
const GOLDEN: Golden = {
  'os/linux/seccomp-remove-set': { value: { set: ['reboot'] }, ...unenforced('os/linux/seccomp-remove-set') },
  'os/linux/seccomp-retain-set': { value: { set: ['read'] }, ...unenforced('os/linux/seccomp-retain-set') },
  'os/linux/selinux-context': {
    value: { user: 'u', role: 'r', type: 't', level: 's0' },
    ...unenforced('os/linux/selinux-context'),
  },
  'os/linux/apparmor-profile': { value: { profile: 'default' }, ...unenforced('os/linux/apparmor-profile') },
  'os/linux/capabilities-remove-set': {
    ...unenforced('os/linux/capabilities-remove-set'),
    value: { set: ['CAP_MKNOD', 'CAP_NET_RAW', 'CAP_AUDIT_WRITE', 'CAP_SYS_ADMIN', 'CAP_SETFCAP', 'CAP_SETPCAP'] },
    app: {
      app: {
        capabilities: [
          'CAP_CHOWN',
          'CAP_DAC_OVERRIDE',
          'CAP_FOWNER',
          'CAP_FSETID',
          'CAP_KILL',
          'CAP_NET_BIND_SERVICE',
          'CAP_SETGID',
          'CAP_SETUID',
          'CAP_SYS_CHROOT',
        ],
      },
    },
  },
  'os/linux/capabilities-retain-set': {
    ...unenforced('os/linux/capabilities-retain-set'),
    value: { set: ['CAP_SYS_ADMIN', 'CAP_KILL', 'CAP_CHOWN'] },
    app: { app: { capabilities: ['CAP_CHOWN', 'CAP_KILL'] } },
  },
  'os/linux/no-new-privileges': {
    ...unenforced('os/linux/no-new-privileges'),
    value: true,
    app: { app: { noNewPrivileges: true } },
  },
  'os/linux/oom-score-adj': { value: 100, ...unenforced('os/linux/oom-score-adj') },
  'os/linux/cpu-shares': { value: 512, ...unenforced('os/linux/cpu-shares') },
  'os/unix/sysctl': { value: { 'net.ipv4.tcp_mtu_probing': '1' }, ...unenforced('os/unix/sysctl') },
  'resource/memory': { value: { limit: '1G' }, ...unenforced('resource/memory') },
  'resource/cpu': { value: { limit: '500m' }, ...unenforced('resource/cpu') },
  'resource/block-bandwidth': { value: { default: true, limit: '2M' }, ...unenforced('resource/block-bandwidth') },
  'resource/block-iops': { value: { default: true, limit: '1000' }, ...unenforced('resource/block-iops') },
  'resource/network-bandwidth': { value: { default: true, limit: '1G' }, ...unenforced('resource/network-bandwidth') },
}

const planWith = (scope: IsolatorScope, isolators: readonly Isolator[]): Plan => {
  const at = new Place()
  const parsed = (scope === 'app' ? appIsolators : podIsolators)(isolators, at)
  assert.ok(parsed, JSON.stringify(at.problems))
  return planPod(
    scope === 'app'
      ? factsOf({ one: { image: { isolators: parsed } } })
      : factsOf({ one: {} }, {}, { isolators: parsed }),
  )
}

/**
 * The changes that the isolators make: to the unit of the app where an app has them, else to that
 * of the pod.
 */
function changeBy(scope: IsolatorScope, isolators: readonly Isolator[]): Change {
  const [before, after] = [planWith(scope, []), planWith(scope, isolators)]
  const unitOf = ({ appUnits: [app], podUnit }: Plan) => (scope === 'app' ? app : podUnit)?.properties ?? {}
  const parts = {
    unit: changed(unitOf(before), unitOf(after)),
    slice: changed(before.slice.properties, after.slice.properties),
    app: changed(before.apps[0] ?? {}, after.apps[0] ?? {}),
    pod: changed(before.pod, after.pod),
    warnings: after.warnings,
  }
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0))
}

const changed = (before: object, after: object): object => {
  const old = new Map<string, unknown>(Object.entries(before))
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => !same(old.get(key), value)))
}

const same = (one: unknown, other: unknown): boolean => {
  try {
    assert.deepEqual(one, other)
    return true
  } catch {
    return false
  }
}

for (const scope of ['app', 'pod'] as const) {
  describe(`golden: what each isolator of ${scope === 'app' ? 'an app' : 'a pod'} changes`, () => {
    for (const [name, { value, [scope]: change }] of Object.entries(GOLDEN)) {
      test(name, () => {
        assert.deepEqual(changeBy(scope, [{ name, value }]), change)
      })
    }
  })
}

test('every rule has its golden case', () => {
  assert.deepEqual(Object.keys(GOLDEN), Object.keys(RULES))
})

test('SPEC I14: an isolator of an unknown name changes nothing, and a warning says so', () => {
  const unknown = { name: 'example.com/new', value: { limit: 7 } }
  const inherited = { name: 'constructor', value: 1 }
  assert.deepEqual(changeBy('app', [unknown, inherited]), {
    warnings: ['app one: isolator example.com/new is not enforced', 'app one: isolator constructor is not enforced'],
  })
  assert.deepEqual(changeBy('pod', [unknown]), { warnings: ['pod: isolator example.com/new is not enforced'] })
})

test('SPEC I6: several sets of capabilities add up; one no-new-privileges of several is enough', () => {
  const retain = (...set: string[]) => ({ name: 'os/linux/capabilities-retain-set', value: { set } })
  const noNewPrivileges = (value: boolean) => ({ name: 'os/linux/no-new-privileges', value })
  assert.deepEqual(
    changeBy('app', [retain('CAP_KILL'), noNewPrivileges(true), retain('CAP_CHOWN'), noNewPrivileges(false)]),
    { app: { capabilities: ['CAP_CHOWN', 'CAP_KILL'], noNewPrivileges: true } },
  )
})

test('warnings stand in the order of the manifest, one for each isolator', () => {
  const memory = { name: 'resource/memory', value: { limit: '1G' } }
  const unknown = { name: 'example.com/new', value: 0 }
  const granted = { name: 'os/linux/no-new-privileges', value: true }
  const isolators = [memory, unknown, granted, memory]
  assert.deepEqual(changeBy('app', isolators).warnings, [
    'app one: isolator resource/memory is not enforced',
    'app one: isolator example.com/new is not enforced',
    'app one: isolator resource/memory is not enforced',
  ])
})
