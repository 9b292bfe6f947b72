import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { planPod } from '../../../stage1/plan/plan.js'
import { startOrder } from '../../../stage1/plan/start-order.js'
import { INFINITY, type UnitPlan } from '../../../stage1/plan/unit-plan.js'
import { DIRECTORY, factsOf, UUID } from './facts.js'

const INIT = '/usr/lib/appc/appc-init'
const line = (...words: string[]) => ({ path: INIT, argv: [INIT, ...words] })

test('golden: the units of a named pod of one app with both handlers', () => {
  const facts = factsOf(
    {
      'my-app': {
        image: {
          eventHandlers: [
            { name: 'pre-start', exec: ['/before'] },
            { name: 'post-stop', exec: ['/after'] },
          ],
        },
      },
    },
    { podName: 'my-pod', id: 'my_pod' },
  )
  const { podUnit, slice, appUnits } = planPod(facts)
  assert.deepEqual(podUnit, {
    name: 'appc-my_pod.service',
    properties: {
      Description: `appc pod my-pod (${UUID})`,
      CollectMode: 'inactive-or-failed',
      StopWhenUnneeded: true,
      RefuseManualStart: true,
      Asserts: [`${DIRECTORY}/pid`],
      Slice: 'appc-my_pod.slice',
      Wants: ['appc-my_pod-my-app.service'],
      Type: 'simple',
      NotifyAccess: 'all',
      RestartPreventExitStatus: { statuses: [0, 1, 254], signals: [9, 15] },
      KillMode: 'mixed',
      TimeoutStopUSec: 10_000_000n,
      TimeoutStopFailureMode: 'kill',
      ExecStart: [line('pod', DIRECTORY)],
      DevicePolicy: 'closed',
      StandardOutput: 'null',
      LogExtraFields: [`APPC_POD_UUID=${UUID}`, 'APPC_POD=my-pod'],
    },
  })
  assert.deepEqual(
    [slice, ...appUnits],
    [
      {
        name: 'appc-my_pod.slice',
        properties: {
          Description: `appc pod my-pod (${UUID})`,
          CollectMode: 'inactive-or-failed',
          StopWhenUnneeded: true,
          TasksMax: 4096n,
        },
      },
      {
        name: 'appc-my_pod-my-app.service',
        properties: {
          Description: `my-app of appc pod my-pod (${UUID})`,
          CollectMode: 'inactive-or-failed',
          Slice: 'appc-my_pod.slice',
          BindsTo: ['appc-my_pod.service'],
          Requires: [],
          After: ['appc-my_pod.service'],
          OnFailure: ['appc-stop@my_pod.target'],
          Type: 'notify',
          NotifyAccess: 'all',
          RestartMode: 'direct',
          KillMode: 'mixed',
          TimeoutStartUSec: 90_000_000n,
          TimeoutStopUSec: 10_000_000n,
          TimeoutStopFailureMode: 'kill',
          LimitCORE: 0n,
          LimitCORESoft: 0n,
          IgnoreSIGPIPE: false,
          ExecStartPre: [line('handler', DIRECTORY, 'my-app', 'pre-start')],
          ExecStart: [line('app', DIRECTORY, 'my-app')],
          ExecStopPost: [line('exited', DIRECTORY, 'my-app'), line('handler', DIRECTORY, 'my-app', 'post-stop')],
          DevicePolicy: 'closed',
          StandardOutput: 'null',
          LogExtraFields: [
            `APPC_POD_UUID=${UUID}`,
            'APPC_POD=my-pod',
            'APPC_APP=my-app',
            'APPC_IMAGE_ID=sha512-1',
            'APPC_IMAGE_NAME=example.com/image:1',
          ],
        },
      },
    ],
  )
})

test('the first app starts a pod: the unit of the pod itself refuses a manual start', () => {
  const plan = planPod(factsOf({ one: {}, two: {} }))
  const { main, others } = startOrder(plan)
  assert.deepEqual(main.properties.BindsTo, [plan.podUnit.name])
  assert.equal(main.properties.RefuseManualStart, undefined)
  assert.deepEqual([main, ...others].toSorted(byName), [plan.podUnit, plan.slice, ...plan.appUnits].toSorted(byName))
})

const byName = (a: UnitPlan, b: UnitPlan): number => (a.name < b.name ? -1 : 1)

test('the operator’s bounds become properties', () => {
  const bounds = {
    tasksMax: 'infinity',
    startTimeout: 'infinity',
    stopTimeout: 1500,
    core: 4096,
    logRateLimit: { interval: 1000, burst: 7 },
  } as const
  const { podUnit, slice, appUnits } = planPod(factsOf({ one: {} }, { bounds }))
  const [app] = appUnits
  assert.equal(slice.properties.TasksMax, INFINITY)
  assert.equal(podUnit.properties.TimeoutStopUSec, 1_500_000n)
  const { TimeoutStartUSec, TimeoutStopUSec, LimitCORE } = app?.properties ?? {}
  assert.deepEqual([TimeoutStartUSec, TimeoutStopUSec, LimitCORE], [INFINITY, 1_500_000n, 4096n])
  // The pod init sends what the apps write.
  const { LogRateLimitIntervalUSec, LogRateLimitBurst } = podUnit.properties
  assert.deepEqual([LogRateLimitIntervalUSec, LogRateLimitBurst], [1_000_000n, 7])
})

test('--log-rate-limit=none: the shortest possible interval', () => {
  const { podUnit } = planPod(factsOf({ one: {} }, { bounds: { logRateLimit: 'none' } }))
  assert.equal(podUnit.properties.LogRateLimitIntervalUSec, 1n)
})

test('the network of the host and root together give one warning', () => {
  const apps = { one: {}, two: { image: { user: 'worker' } }, three: { image: { user: 'root' } } }
  const warned = (network: 'host' | 'none') => planPod(factsOf(apps, { network })).warnings
  assert.deepEqual(warned('none'), [])
  assert.deepEqual(warned('host'), [
    'network host: apps one, three run as root and can reach the abstract UNIX sockets of the host',
  ])
})

test('a volume that is a device may be used: read-only where the volume is', () => {
  const volumes = [
    { name: 'kvm', kind: 'host', source: '/dev/kvm' },
    { name: 'rng', kind: 'host', source: '/dev/hwrng', readOnly: true },
    { name: 'data', kind: 'host', source: '/srv' },
  ] as const
  const mounts = volumes.map(({ name }) => ({ volume: name, path: `/v/${name}` }))
  const facts = factsOf({ one: { mounts } }, {}, { volumes }, { devices: new Set(['/dev/kvm', '/dev/hwrng']) })
  const [app] = planPod(facts).appUnits
  assert.deepEqual(app?.properties.DeviceAllow, [
    ['/dev/kvm', 'rw'],
    ['/dev/hwrng', 'r'],
  ])
})

test('SPEC E16: a warning names every isolator that is not enforced', () => {
  const isolators = [
    { name: 'resource/memory', value: { limit: '1G' } },
    { name: 'os/linux/no-new-privileges', value: true },
  ]
  const { warnings } = planPod(factsOf({ one: { image: { isolators } } }, {}, { isolators }))
  assert.deepEqual(warnings, [
    'pod: isolator resource/memory is not enforced',
    'pod: isolator os/linux/no-new-privileges is not enforced',
    'app one: isolator resource/memory is not enforced',
  ])
})
