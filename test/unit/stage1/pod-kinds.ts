import type { PodFacts } from '../../../stage1/plan/pod-facts.js'
import { factsOf } from './facts.js'

const handlers = [
  { name: 'pre-start', exec: ['/before', 'a b', '$HOME', '100%'] },
  { name: 'post-stop', exec: ['/after'] },
] as const

/** The layers of an image with dependencies; one layer is a tree that a whitelist left. */
const layers = ['/cas/sha512-1/rootfs', '/trees/sha512-2/rootfs', '/cas/sha512-3/rootfs']

const imageOf = (facts: PodFacts, labels: readonly { name: string; value: string }[]): PodFacts => ({
  ...facts,
  images: new Map([...facts.images].map(([name, image]) => [name, { ...image, labels }])),
})

/** One pod of each kind for which plans differ. */
export const POD_KINDS: Readonly<Record<string, PodFacts>> = {
  plain: factsOf({ one: {} }),
  named: factsOf({ 'my-app': {} }, { podName: 'my-pod', id: 'my_pod', hostname: 'my-pod' }),
  handlers: factsOf({ one: { image: { eventHandlers: handlers } } }),
  detached: factsOf({ one: {} }, { detach: true }),
  'interactive at a terminal': factsOf(
    { one: {} },
    { interactive: true },
    {},
    { terminal: { size: { rows: 24, columns: 80 }, type: 'xterm' } },
  ),
  'interactive with a pipe': factsOf({ one: {} }, { interactive: true }, {}, { input: true }),
  'interactive and detached': factsOf({ one: {} }, { interactive: true, detach: true }, {}, { input: true }),
  'several apps': factsOf({
    server: { image: { exec: ['/server', '--port=80'], workingDirectory: '/srv' } },
    worker: {
      image: {
        user: 'worker',
        group: '/etc/group-of-worker',
        supplementaryGIDs: [7, 8],
        environment: [{ name: 'LEVEL', value: '1 %n $x' }],
      },
    },
  }),
  networks: factsOf(
    { one: {} },
    {
      network: [
        {
          config: { cniVersion: '1.0.0', name: 'default', plugins: [{ type: 'bridge' }] },
          arguments: 'IP=10.72.0.9',
          masquerade: true,
        },
      ],
    },
    {},
    { resolvConf: { content: 'nameserver 192.0.2.1\n', replaces: false } },
  ),
  'host network': factsOf(
    { one: {} },
    { network: 'host' },
    {},
    { resolvConf: { content: 'nameserver 192.0.2.1\n', replaces: false } },
  ),
  'a metadata service': factsOf({ one: {} }, {}, {}, { metadata: { port: 18112, token: '0'.repeat(32) } }),
  'a metadata service beside an app of that name': factsOf(
    { metadata: {} },
    { network: 'host' },
    {},
    { metadata: { port: 40000, token: '0'.repeat(32) } },
  ),
  'read-only root': factsOf({ one: { readOnlyRootFS: true } }),
  'every bound': factsOf(
    { one: {} },
    {
      bounds: {
        shmSize: 1 << 20,
        tasksMax: 10,
        terminals: 2,
        startTimeout: 1500,
        stopTimeout: 500,
        core: 4096,
        logRateLimit: { interval: 1000, burst: 7 },
      },
    },
  ),
  'no bounds': factsOf(
    { one: {} },
    {
      bounds: {
        tasksMax: 'infinity',
        startTimeout: 'infinity',
        stopTimeout: 'infinity',
        core: 'infinity',
        logRateLimit: 'none',
      },
    },
  ),
  volumes: factsOf(
    {
      one: {
        image: {
          mountPoints: [
            { name: 'data', path: '/data', readOnly: true },
            { name: 'cache', path: '/var/cache' },
          ],
        },
        mounts: [
          { volume: 'data', path: '/data' },
          { volume: 'cache', path: '/var/cache', appVolume: { name: 'cache', kind: 'empty' } },
          { volume: 'host', path: '/host' },
          { volume: 'flat', path: '/host/flat' },
          { volume: 'empty', path: '/empty' },
          { volume: 'kvm', path: '/dev/kvm' },
          { volume: 'rng', path: '/dev/hwrng' },
          { volume: 'own', path: '/own', appVolume: { name: 'own', kind: 'host', source: '/srv/own' } },
        ],
      },
    },
    {},
    {
      volumes: [
        { name: 'data', kind: 'host', source: '/srv/data' },
        { name: 'host', kind: 'host', source: '/srv', readOnly: true },
        { name: 'flat', kind: 'host', source: '/srv/flat', recursive: false },
        { name: 'empty', kind: 'empty', mode: '0750', uid: 7, gid: 8 },
        { name: 'kvm', kind: 'host', source: '/dev/kvm' },
        { name: 'rng', kind: 'host', source: '/dev/hwrng', readOnly: true },
      ],
    },
    { devices: new Set(['/dev/kvm', '/dev/hwrng']) },
  ),
  'a volume at /sys': factsOf(
    { one: { mounts: [{ volume: 'sys', path: '/sys' }] } },
    {},
    { volumes: [{ name: 'sys', kind: 'empty' }] },
  ),
  dependencies: factsOf(
    { one: {} },
    { apps: [{ name: 'one', imageID: 'sha512-1', imageName: 'example.com/image:1', layers }] },
  ),
  'a copied root': factsOf(
    { one: {} },
    { apps: [{ name: 'one', imageID: 'sha512-1', imageName: 'example.com/image:1', layers, copied: true }] },
  ),
  isolators: factsOf(
    {
      one: {
        image: {
          isolators: [
            { name: 'os/linux/no-new-privileges', value: true },
            { name: 'os/linux/capabilities-remove-set', value: { set: ['CAP_CHOWN', 'CAP_KILL'] } },
            { name: 'resource/memory', value: { limit: '1G' } },
          ],
        },
      },
    },
    {},
    { isolators: [{ name: 'resource/cpu', value: { limit: '1' } }] },
  ),
  'an image of 32 bits': imageOf(factsOf({ one: {} }), [{ name: 'arch', value: 'i386' }]),
}
