import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { planPod } from '../../../stage1/plan/plan.js'
import type { MountOp } from '../../../stage1/plan/pod-plan.js'
import { DIRECTORY, factsOf, UUID, type AppInput } from './facts.js'

const mountsOf = (...words: Parameters<typeof factsOf>): readonly MountOp[] =>
  planPod(factsOf(...words)).apps[0]?.mounts ?? []

const steps = (mounts: readonly MountOp[]): readonly string[] =>
  mounts.map((step) => `${step.op} ${'target' in step ? step.target : '/'}`)

const withVolume = (app: AppInput, volume: object) =>
  factsOf({ one: app }, {}, { volumes: [{ name: 'data', kind: 'host', source: '/srv', ...volume }] })

test('golden: the pod plan, and the steps that build a root', () => {
  const { pod, apps } = planPod(factsOf({ one: {} }))
  assert.deepEqual(
    { ...pod, apps: apps.map(({ name, mounts }) => ({ name, steps: steps(mounts) })) },
    {
      version: 1,
      uuid: UUID,
      hostname: 'host-of-pod',
      network: { join: { pid: 42, fd: 6 } },
      lock: { pid: 42, fd: 3 },
      launcher: { pid: 1, fd: 5 },
      data: '/var/lib/appc',
      shared: [
        {
          op: 'filesystem',
          type: 'tmpfs',
          target: '/shm',
          flags: ['nosuid', 'nodev', 'noexec'],
          options: ['mode=1777', 'size=67108864'],
        },
        { op: 'filesystem', type: 'mqueue', target: '/mqueue', flags: ['nosuid', 'nodev', 'noexec'], options: [] },
      ],
      apps: [
        {
          name: 'one',
          steps: [
            'overlay /',
            'directory /tmp',
            'file /etc/hostname',
            'file /etc/hosts',
            'symlink /etc/mtab',
            'filesystem /proc',
            'filesystem /sys',
            'filesystem /dev',
            ...['null', 'zero', 'full', 'random', 'urandom', 'tty', 'console'].map((name) => `device /dev/${name}`),
            'filesystem /dev/pts',
            'bind /dev/shm',
            'bind /dev/mqueue',
            ...['ptmx', 'fd', 'stdin', 'stdout', 'stderr'].map((name) => `symlink /dev/${name}`),
            ...[
              ...[
                'acpi',
                'asound',
                'config.gz',
                'interrupts',
                'kallsyms',
                'kcore',
                'keys',
                'kmem',
                'latency_stats',
                'mem',
              ],
              ...['sched_debug', 'scsi', 'timer_list', 'timer_stats'],
            ].map((name) => `mask /proc/${name}`),
            ...['devices/virtual/powercap', 'firmware', 'hypervisor', 'module', 'power'].map(
              (name) => `mask /sys/${name}`,
            ),
            ...['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map((name) => `readonly /proc/${name}`),
          ],
        },
      ],
    },
  )
  assert.deepEqual(apps[0]?.mounts[0], {
    op: 'overlay',
    lowers: ['/top', '/base'],
    upper: `${DIRECTORY}/overlay/one/upper`,
    work: `${DIRECTORY}/overlay/one/work`,
  })
})

test('/dev/shm and the pseudo-terminals have the bounds that the operator set', () => {
  const { pod, apps } = planPod(factsOf({ one: {} }, { bounds: { shmSize: 4096, terminals: 3 } }))
  const optionsOf = (mounts: readonly MountOp[], path: string) =>
    mounts.flatMap((step) => (step.op === 'filesystem' && step.target === path ? step.options : []))
  assert.deepEqual(optionsOf(pod.shared, '/shm'), ['mode=1777', 'size=4096'])
  assert.ok(optionsOf(apps[0]?.mounts ?? [], '/dev/pts').includes('max=3'))
})

test('file systems of the kernel are mounted without programs, set-user-ID bits and devices', () => {
  const flags = mountsOf({ one: {} }).flatMap((step) =>
    step.op === 'filesystem' ? [[step.target, step.flags.join(' ')]] : [],
  )
  assert.deepEqual(flags, [
    ['/proc', 'nosuid nodev noexec'],
    ['/sys', 'nosuid nodev noexec readonly'],
    ['/dev', 'nosuid'],
    ['/dev/pts', 'nosuid noexec'],
  ])
})

const fileAt = (mounts: readonly MountOp[], path: string) =>
  mounts.find((step) => step.op === 'file' && step.target === path)

test('SPEC O2: the apps get the resolv.conf of the pod, where the pod has one', () => {
  const content = 'nameserver ::1\n'
  for (const replaces of [false, true]) {
    const mounts = mountsOf({ one: {} }, { network: 'host' }, {}, { resolvConf: { content, replaces } })
    assert.deepEqual(fileAt(mounts, '/etc/resolv.conf'), {
      op: 'file',
      target: '/etc/resolv.conf',
      content,
      mode: 0o644,
      ifMissing: !replaces,
      readOnly: false,
    })
  }
  assert.equal(fileAt(mountsOf({ one: {} }, { network: 'host' }), '/etc/resolv.conf'), undefined)
})

for (const [what, hosts, hostsOfHost, content, ifMissing] of [
  ['the pod’s own lines, unless the image has the file', undefined, undefined, '', true],
  [
    'further lines of the operator, whatever the image has',
    [
      { address: '10.0.0.1', names: ['a', 'a.example'] },
      { address: 'fd00::1', names: ['b'] },
    ],
    undefined,
    '10.0.0.1 a a.example\nfd00::1 b\n',
    false,
  ],
  ['a copy of the host’s', 'host', '127.0.0.1 host\n', null, false],
] as const) {
  test(`/etc/hosts has ${what}`, () => {
    const own = '127.0.0.1 localhost one\n::1 localhost ip6-localhost ip6-loopback\n'
    const mounts = mountsOf(
      { one: {} },
      { hostname: 'one', ...(hosts !== undefined && { hosts }) },
      {},
      { ...(hostsOfHost !== undefined && { hostsOfHost }) },
    )
    const file = fileAt(mounts, '/etc/hosts')
    assert.ok(file?.op === 'file')
    assert.deepEqual([file.content, file.ifMissing], [content === null ? hostsOfHost : own + content, ifMissing])
  })
}

for (const [path, spec, message] of [
  ['/etc/resolv.conf', { dns: 'host' }, 'app one: has a volume at /etc/resolv.conf, which --dns writes'],
  ['/etc/hosts', { hosts: 'host' }, 'app one: has a volume at /etc/hosts, which --hosts-entry writes'],
] as const) {
  test(`a volume at ${path} beside the option that writes it is refused`, () => {
    const manifest = { volumes: [{ name: 'own', kind: 'host', source: '/srv/own' }] } as const
    const apps = { one: { mounts: [{ volume: 'own', path }] } }
    assert.throws(() => mountsOf(apps, spec, manifest), { code: 'VOLUME_INVALID', message })
    assert.doesNotThrow(() => mountsOf(apps, {}, manifest))
  })
}

test('SPEC P5: the root becomes read-only after all other steps', () => {
  const mounts = mountsOf({ one: { readOnlyRootFS: true } })
  assert.deepEqual(mounts.at(-1), { op: 'readonly', target: '/' })
  const files = mounts.flatMap((step) => (step.op === 'file' ? [[step.target, step.readOnly]] : []))
  assert.deepEqual(files, [
    ['/etc/hostname', true],
    ['/etc/hosts', true],
  ])
})

test('SPEC P6: readOnly of the volume takes precedence over that of the mount point; the default is false', () => {
  const mounts = [{ volume: 'data', path: '/data' }]
  const readOnly = (volume: object, point: object) =>
    planPod(
      withVolume({ mounts, image: { mountPoints: [{ name: 'p', path: '/data/', ...point }] } }, volume),
    ).apps[0]?.mounts.flatMap((step) => (step.op === 'bind' && step.target === '/data' ? [step.readOnly] : []))
  assert.deepEqual(readOnly({}, {}), [false])
  assert.deepEqual(readOnly({}, { readOnly: true }), [true])
  assert.deepEqual(readOnly({ readOnly: false }, { readOnly: true }), [false])
  assert.deepEqual(readOnly({ readOnly: true }, { readOnly: false }), [true])
})

test('SPEC P6: host volumes are recursive by default; parents are mounted before children', () => {
  const volumes = [
    { name: 'child', kind: 'host', source: '/b', recursive: false },
    { name: 'parent', kind: 'host', source: '/a' },
  ] as const
  const mounts = [
    { volume: 'child', path: '/data/child' },
    { volume: 'parent', path: '/data' },
  ]
  const binds = mountsOf({ one: { mounts } }, {}, { volumes }).flatMap((step) =>
    step.op === 'bind' && step.target.startsWith('/data') ? [[step.source, step.target, step.recursive]] : [],
  )
  assert.deepEqual(binds, [
    ['/a', '/data', true],
    ['/b', '/data/child', false],
  ])
})

test('SPEC P6: an empty volume is a directory of the pod, made before the pod starts; the directory of a volume of an app has the name of the app', () => {
  const own = { name: 'own', kind: 'empty', mode: '1777', uid: 7, gid: 8 } as const
  const mounts = [
    { volume: 'data', path: '/data' },
    { volume: 'own', path: '/own', appVolume: own },
  ]
  const points = mounts.map(({ path }, index) => ({ name: `p${index}`, path }))
  const volumes = [{ name: 'data', kind: 'empty' }] as const
  const { directories, apps } = planPod(factsOf({ one: { mounts, image: { mountPoints: points } } }, {}, { volumes }))
  const common = { readOnly: false, recursive: false }
  assert.deepEqual(directories, [
    { target: '/data', source: 'sharedVolumes/data', ...common, made: { mode: 0o755, uid: 0, gid: 0 } },
    { target: '/own', source: 'sharedVolumes/one.own', ...common, made: { mode: 0o1777, uid: 7, gid: 8 } },
  ])
  const bind = apps[0]?.mounts.find((step) => step.op === 'bind' && step.target === '/data')
  assert.equal(bind?.op === 'bind' && bind.source, `${DIRECTORY}/sharedVolumes/data`)
})

test('SPEC P2: stage1 chooses no volume: a mount point at which nothing is mounted is an error, also beside a volume of its name', () => {
  const unresolved = { image: { mountPoints: [{ name: 'data', path: '/data' }] } }
  for (const facts of [factsOf({ one: unresolved }), withVolume(unresolved, {})]) {
    assert.throws(() => planPod(facts), {
      code: 'INTERNAL',
      message: 'app one: mount point data (/data): the pod manifest mounts no volume there',
    })
  }
})

test('a volume at /sys replaces our /sys and the control group', () => {
  const facts = withVolume({ mounts: [{ volume: 'data', path: '/sys/fs/cgroup' }] }, {})
  const { apps } = planPod(facts)
  assert.ok(!steps(apps[0]?.mounts ?? []).includes('filesystem /sys'))
  assert.equal(apps[0]?.cgroup, false)
})

for (const [what, mounts, message] of [
  ['over the root', [{ volume: 'data', path: '//' }], 'app one: volume data: cannot be mounted over the whole root'],
  [
    'twice at one path',
    [
      { volume: 'data', path: '/d' },
      { volume: 'data', path: '/d/.' },
    ],
    'app one: two volumes are mounted at /d',
  ],
  ['that the pod does not have', [{ volume: 'none', path: '/d' }], 'app one: mount at /d: the pod has no volume none'],
] as const) {
  test(`a volume ${what} is refused`, () => {
    assert.throws(() => planPod(withVolume({ mounts }, {})), { code: 'VOLUME_INVALID', message })
  })
}

test('--no-overlay: the root is the copy in the pod directory', () => {
  const [app] = factsOf({ one: {} }).spec.apps
  assert.ok(app)
  const [root, next] = mountsOf({ one: {} }, { apps: [{ ...app, copied: true }] })
  assert.deepEqual(root, {
    op: 'bind',
    from: 'data',
    source: `${DIRECTORY}/rootfs/one`,
    target: '/',
    recursive: false,
    readOnly: false,
    flags: [],
  })
  assert.equal(next?.op, 'directory')
})
