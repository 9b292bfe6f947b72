import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { planPod } from '../../../stage1/plan/plan.js'
import { INFINITY } from '../../../stage1/plan/unit-plan.js'
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
  const { podUnit, otherUnits } = planPod(facts)
  assert.deepEqual(podUnit, {
    name: 'appc-my_pod.service',
    properties: {
      Description: `appc pod my-pod (${UUID})`,
      CollectMode: 'inactive-or-failed',
      StopWhenUnneeded: true,
      Slice: 'appc-my_pod.slice',
      Wants: ['appc-my_pod-my-app.service'],
      Type: 'simple',
      NotifyAccess: 'all',
      KillMode: 'mixed',
      ExecStart: [line('pod', DIRECTORY)],
      StandardOutput: 'null',
      LogExtraFields: [`APPC_POD_UUID=${UUID}`, 'APPC_POD=my-pod'],
    },
  })
  assert.deepEqual(otherUnits, [
    {
      name: 'appc-my_pod.slice',
      properties: {
        Description: `appc pod my-pod (${UUID})`,
        CollectMode: 'inactive-or-failed',
        StopWhenUnneeded: true,
      },
    },
    {
      name: 'appc-my_pod-my-app.service',
      properties: {
        Description: `my-app of appc pod my-pod (${UUID})`,
        CollectMode: 'inactive-or-failed',
        Slice: 'appc-my_pod.slice',
        BindsTo: ['appc-my_pod.service'],
        After: ['appc-my_pod.service'],
        OnFailure: ['appc-stop@my_pod.target'],
        Type: 'notify',
        NotifyAccess: 'all',
        KillMode: 'mixed',
        TimeoutStartUSec: INFINITY,
        IgnoreSIGPIPE: false,
        ExecStartPre: [line('handler', DIRECTORY, 'my-app', 'pre-start')],
        ExecStart: [line('app', DIRECTORY, 'my-app')],
        ExecStopPost: [line('exited', DIRECTORY, 'my-app'), line('handler', DIRECTORY, 'my-app', 'post-stop')],
        DevicePolicy: 'closed',
        StandardOutput: 'null',
        LogRateLimitIntervalUSec: 1n,
        LogExtraFields: [
          `APPC_POD_UUID=${UUID}`,
          'APPC_POD=my-pod',
          'APPC_APP=my-app',
          'APPC_IMAGE_ID=sha512-1',
          'APPC_IMAGE_NAME=example.com/image:1',
        ],
      },
    },
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
  const [, app] = planPod(facts).otherUnits
  assert.deepEqual(app?.properties.DeviceAllow, [
    ['/dev/kvm', 'rw'],
    ['/dev/hwrng', 'r'],
  ])
})

test('SPEC E16: every isolator that does nothing is told', () => {
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
