import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { POD_DIR } from '#schema/pod-dir.js'
import { appears } from '../helpers/appears.js'
import { networkConfig, noNetworks, plugin } from '../helpers/networks.js'
import { networkTraces } from '../helpers/network-traces.js'
import { noPods, podHost } from '../helpers/pods.js'
import { APPC } from '../helpers/run-cli.js'
import { mainThreadCalls } from '../helpers/system-calls.js'
import { systemctl } from '../helpers/systemd.js'

const noStrace = existsSync('/usr/bin/strace') ? false : 'needs strace'

/** A system call of the launcher: the n-th with its name, in its main thread. */
interface Moment {
  readonly call: string
  readonly when: number
  readonly about: string
}

/** The calls by which the launcher makes files, starts programs and talks to systemd. */
const CALLS = 'mkdir,rename,openat,vfork,pidfd_open,sendmsg,sendto,close'

const MAX_MOMENTS = 24

describe('kill -9 while a pod joins its networks', { skip: noPods || noNetworks || noStrace }, () => {
  const host = podHost()
  const box = host.image({ app: { ports: [{ name: 'http', protocol: 'tcp', port: 80 }] } })
  const removeAll = async (): Promise<void> => {
    for (const { uuid, state } of await host.list()) {
      if (state === 'running') await host.appc(['status', uuid, '--wait=30s'])
    }
    await host.ok(['gc', '--grace-period=0', '--expire-prepared=0'])
    assert.deepEqual(await host.list(), [])
  }

  /** The unit of an ended pod leaves its networks; a removal waits for that. */
  const waitUntilLeft = async (uuid: string): Promise<void> => {
    await appears(
      join(host.dir.place('run'), uuid, 'stage1'),
      () => !existsSync(join(host.dir.place('run'), uuid, POD_DIR.leave)),
    )
  }

  test('of the launcher, at any moment: gc leaves nothing', async (t) => {
    const image = await host.ok(['fetch', box])
    const run = ['run', '--net=default', '--port=http:8080', image, '--exec=/bin/true']
    await host.ok(run)
    await removeAll()
    const before = networkTraces()
    const words = [APPC, `--dir=${host.dir.root}`, ...run]
    const moments = pick(momentsOf(words, join(host.scratch, 'trace')))
    assert.ok(moments.length >= 15, `only ${moments.length} moments`)
    await removeAll()
    let killed = 0
    for (const { call, when, about } of moments) {
      await t.test(`${call} ${when} (${about})`, async () => {
        const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${when}`]
        const { signal, status } = spawnSync('strace', ['-f', '-q', '-o', '/dev/null', ...inject, ...words])
        if (signal === 'SIGKILL' || status === 137) killed++
        await removeAll()
        assert.deepEqual(networkTraces(), before)
      })
    }
    assert.ok(killed >= 10, `only ${killed} of ${moments.length} runs were killed`)
    assert.equal(await host.ok(run), '')
    await removeAll()
  })

  describe('by a plugin', () => {
    const bridge = '/usr/lib/cni/bridge'
    const strace = (call: string, when: number): string =>
      `exec strace -f -q -o /dev/null -e trace=${call} -e inject=${call}:signal=KILL:when=${when} ${bridge}`
    const onAdd = (script: string): string => `[ $CNI_COMMAND = DEL ] && exec ${bridge}; ${script}`
    const victims = {
      'the launcher, before the plugin has done anything': 'kill -9 $PPID; exec ' + bridge,
      'the launcher, while the plugin works': `${bridge} & kill -9 $PPID; wait`,
      'the launcher, when the plugin has ended': `${bridge} >/dev/null; kill -9 $PPID`,
      'the plugin, before it has done anything': 'kill -9 $$',
      'the plugin, when it has done all': `${bridge} >/dev/null; kill -9 $$`,
      'the plugin, at its 3rd message to the kernel': strace('sendto', 3),
      'the plugin, at its 6th message to the kernel': strace('sendto', 6),
      'the plugin, at its 9th message to the kernel': strace('sendto', 9),
      'the plugin, where it writes its result': strace('write', 1),
      both: 'kill -9 $PPID $$',
    }
    const types = Object.entries(victims).map(([about, script], index) => ({
      about,
      name: `crash${index}`,
      type: plugin(`crash${index}`, onAdd(script)),
    }))
    const config = networkConfig(
      host.scratch,
      Object.fromEntries(
        types.map(({ name, type }) => [
          `${name}.conflist`,
          {
            cniVersion: '1.0.0',
            name,
            plugins: [
              {
                type,
                bridge: 'appctest5',
                isGateway: true,
                ipam: { type: 'host-local', ranges: [[{ subnet: '10.95.0.0/24' }]] },
              },
              { type: 'portmap', capabilities: { portMappings: true } },
            ],
          },
        ]),
      ),
    )
    for (const { about, name } of types) {
      test(`of ${about}: gc leaves nothing`, async () => {
        await removeAll()
        const before = networkTraces()
        const words = [`--local-config=${config}`, 'run', `--net=default,${name}`, '--port=http:8080', box]
        const { status, stderr } = await host.appc(words)
        assert.notEqual(status, 0, stderr)
        await removeAll()
        assert.deepEqual(networkTraces(), before)
      })
    }
  })

  test('of the launcher while a plugin takes its time: gc waits for the plugin, and then leaves nothing', async () => {
    await removeAll()
    const before = networkTraces()
    const [begun, go, done] = ['begun', 'go', 'done'].map((name) => join(host.scratch, name))
    for (const path of [go, done]) execFileSync('mkfifo', [path ?? ''])
    const ipam = plugin(
      'slow-ipam',
      `[ $CNI_COMMAND = ADD ] || exec /usr/lib/cni/host-local
       config=$(cat); touch ${begun}; cat ${go}; echo "$config" | /usr/lib/cni/host-local; echo done >${done}`,
    )
    const bridge = { type: 'bridge', bridge: 'appctest5', ipam: { type: ipam, ranges: [[{ subnet: '10.95.0.0/24' }]] } }
    const slow = { cniVersion: '1.0.0', name: 'slow', plugins: [bridge] }
    const config = networkConfig(host.scratch, { 'slow.conflist': slow })
    const running = host.start([`--local-config=${config}`, 'run', '--net=slow', box])
    await appears(host.scratch, () => existsSync(begun ?? ''))
    running.kill('SIGKILL')
    await running.ended
    await host.ok(['gc', '--grace-period=0'])
    writeFileSync(go ?? '', 'go')
    readFileSync(done ?? '')
    await removeAll()
    assert.deepEqual(networkTraces(), before)
  })

  test('of the pod init and of all its programs: gc leaves nothing', async () => {
    await removeAll()
    const before = networkTraces()
    for (const unit of ['.service', '.slice']) {
      const words = ['--net=default', '--port=http:8080', box, '--exec=/bin/sleep', '--', '1000']
      const uuid = await host.detach(...words)
      systemctl('kill', '--signal=KILL', `appc-${uuid.slice(0, 8)}${unit}`)
      await removeAll()
      assert.deepEqual(networkTraces(), before)
    }
  })

  test('a reboot of the host: gc leaves nothing, and warns of nothing', async () => {
    await removeAll()
    const before = networkTraces()
    const chain = {
      cniVersion: '1.0.0',
      name: 'chain',
      plugins: [
        { type: 'bridge', bridge: 'appctest5', ipam: { type: 'host-local', ranges: [[{ subnet: '10.95.0.0/24' }]] } },
        { type: 'portmap', capabilities: { portMappings: true } },
        { type: 'firewall' },
        { type: 'bandwidth', egressRate: 80_000_000, egressBurst: 80_000_000 },
      ],
    }
    const config = networkConfig(host.scratch, { 'chain.conflist': chain })
    for (const net of ['default', 'chain']) {
      const words = [`--local-config=${config}`, 'run', '--detach', `--net=${net}`, '--port=http:8080', box]
      const uuid = await host.ok([...words, '--exec=/bin/sleep', '--', '1000'])
      const [leases, leave] = [`/var/lib/cni/networks/${net}`, join(host.dir.place('run'), uuid, POD_DIR.leave)]
      // these survive a reboot: what is written down in the pod directory, and the leases
      const kept = [leave, ...readdirSync(leases).map((file) => join(leases, file))]
        .filter((path) => !/lock$|last_reserved/.test(path))
        .map((path) => ({ path, content: readFileSync(path) }))
      await host.ok(['stop', '--force', uuid])
      await waitUntilLeft(uuid)
      for (const { path, content } of kept) writeFileSync(path, content)
      // and these do not
      spawnSync('nft', ['delete', 'table', 'inet', 'appc'])
      for (const bridge of ['appc0', 'appctest5']) spawnSync('ip', ['link', 'delete', bridge])
      assert.notDeepEqual(networkTraces().addresses, [])
      const { status, stderr } = await host.appc(['gc', '--grace-period=0'])
      assert.deepEqual([status, stderr], [0, ''])
      assert.deepEqual(networkTraces(), before)
    }
  })

  test('two hundred short pods leave nothing', async () => {
    const image = await host.ok(['fetch', box])
    const run = async (port: number): Promise<void> => {
      const { status, stderr } = await host.run('--net=default', `--port=http:${port}`, image, '--exec=/bin/true')
      assert.deepEqual([status, stderr], [0, ''])
    }
    await run(8080)
    await removeAll()
    const before = networkTraces()
    for (let round = 0; round < 100; round++) await Promise.all([8080, 8081].map(run))
    assert.deepEqual(networkTraces(), before)
    await removeAll()
    assert.deepEqual(networkTraces(), before)
  })
})

/** The calls of the launcher's main thread, from the first that belongs to networks. */
function momentsOf(words: readonly string[], file: string): Moment[] {
  let isJoining = false
  return mainThreadCalls(words, CALLS, file).flatMap(({ call, when, rest }): Moment[] => {
    isJoining ||= rest.startsWith('"stage1/leave.json.new"') || rest.includes('leave.json.new", O_')
    if (!isJoining || (call === 'openat' && !rest.includes('O_CREAT'))) return []
    return [{ call, when, about: rest.slice(0, 60) }]
  })
}

/** At most {@link MAX_MOMENTS}, evenly distributed. */
const pick = (moments: readonly Moment[]): Moment[] =>
  moments.filter(
    (_, index) =>
      Math.floor((index * MAX_MOMENTS) / moments.length) !== Math.floor(((index - 1) * MAX_MOMENTS) / moments.length),
  )
