import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { App } from '#schema/app.js'
import { DEFAULT_CAPABILITIES } from '#schema/capabilities.js'
import type { RuntimeApp } from '#schema/pod-manifest.js'
import { PLACES } from '../../../stage0/data-dir.js'
import { shell } from '../../helpers/images.js'
import { noPods, podHost } from '../../helpers/pods.js'

/** The default set, and what stands for others in the kernel's masks (linux/capability.h). */
const DEFAULT_MASK = 0x00000000a80425fbn
const BIT = { CAP_KILL: 1n << 5n, CAP_CHOWN: 1n << 0n, CAP_MKNOD: 1n << 27n, CAP_SYS_PTRACE: 1n << 19n }
const SYS_TIME = 1n << 25n

const MASK = "grep ^CapBnd /proc/self/status | cut -f2 | sed 's/^/bounding '$WHERE' /'"
const show = (where: string): readonly string[] => shell(`WHERE=${where}; ${MASK}`)

const isolator = (kind: 'retain' | 'remove', ...set: string[]) => ({
  name: `os/linux/capabilities-${kind}-set`,
  value: { set },
})

const EVERYWHERE: Partial<App> = {
  exec: show('main'),
  eventHandlers: [
    { name: 'pre-start', exec: show('before') },
    { name: 'post-stop', exec: show('after') },
  ],
}

describe('capabilities beyond the default', { skip: noPods }, () => {
  const host = podHost()
  let count = 0
  const image = (isolators: App['isolators'], app: Partial<App> = {}): string =>
    host.image({ name: `caps-${count++}`, app: { ...EVERYWHERE, ...(isolators && { isolators }), ...app } })

  /** The bounding set seen in both handlers and in the app, which must be one and the same. */
  const masks = async (...words: string[]): Promise<bigint> => {
    const seen = await host.run(...words)
    assert.equal(seen.status, 0, seen.stderr)
    const lines = [...seen.stdout.matchAll(/^bounding (\w+) ([0-9a-f]{16})$/gm)]
    assert.deepEqual(
      lines.map(([, where]) => where),
      ['before', 'main', 'after'],
      seen.stdout,
    )
    const found = new Set(lines.map(([, , mask]) => mask))
    assert.equal(found.size, 1, seen.stdout)
    return BigInt(`0x${[...found][0] ?? ''}`)
  }

  const pods = (): number =>
    PLACES.map((place) => host.dir.place(place)).flatMap((path) => (existsSync(path) ? readdirSync(path) : [])).length

  const refused = async (words: readonly string[], message: RegExp, hint: RegExp): Promise<void> => {
    const before = pods()
    const seen = await host.appc(['--debug', 'run', ...words])
    assert.equal(seen.status, 254)
    assert.equal(seen.stdout, '')
    assert.match(seen.stderr, message)
    assert.match(seen.stderr, hint)
    assert.match(seen.stderr, /^code: CAPABILITIES_REFUSED$/m)
    assert.equal(pods(), before, 'nothing was made')
  }

  for (const user of ['0', 'worker']) {
    test(`an image of user ${user} that retains all that is needed to read the host is refused`, async () => {
      await refused(
        [image([isolator('retain', 'CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_SYS_ADMIN')], { user })],
        /^appc: caps-\d+: its image asks for capabilities beyond the default: CAP_SYS_ADMIN, CAP_SYS_PTRACE$/m,
        /^hint: .*--caps-retain=CAP_DAC_OVERRIDE,CAP_SYS_ADMIN,CAP_SYS_PTRACE.*--insecure-options=capabilities/m,
      )
    })
  }

  test('one capability more in the second of two sets is refused', async () => {
    const sets = [isolator('retain', 'CAP_KILL'), isolator('retain', 'CAP_SYSLOG')]
    await refused([image(sets)], /beyond the default: CAP_SYSLOG$/m, /^hint: /m)
  })

  test('the set of another image of the pod does not count', async () => {
    const greedy = image([isolator('retain', 'CAP_SYS_TIME')])
    await refused([image([]), '--caps-retain=CAP_SYS_TIME', greedy], /CAP_SYS_TIME$/m, /^hint: /m)
  })

  test('a capability that does not exist is refused by its name', async () => {
    const seen = await host.run(image([isolator('remove', 'CAP_KILL', 'CAP_FLY')]))
    assert.deepEqual([seen.status, seen.stdout], [254, ''])
    assert.match(seen.stderr, /^appc: caps-\d+: no such capability: CAP_FLY$/m)
  })

  test('SPEC I6: an image takes away from the default: all of its remove-sets, or all but its retain-sets', async () => {
    assert.equal(await masks(image(undefined)), DEFAULT_MASK)
    const removed = [isolator('remove', 'CAP_KILL'), isolator('remove', 'CAP_CHOWN'), isolator('remove', 'CAP_MKNOD')]
    assert.equal(await masks(image(removed)), DEFAULT_MASK & ~(BIT.CAP_KILL | BIT.CAP_CHOWN | BIT.CAP_MKNOD))
    const retained = [isolator('retain', 'CAP_KILL'), isolator('retain', 'CAP_CHOWN')]
    assert.equal(await masks(image(retained)), BIT.CAP_KILL | BIT.CAP_CHOWN)
  })

  test('--caps-retain gives and takes, --caps-remove takes from the default, whatever the image says', async () => {
    const greedy = image([isolator('retain', 'CAP_SYS_PTRACE', 'CAP_KILL')])
    assert.equal(await masks(greedy, '--caps-retain=CAP_SYS_TIME'), SYS_TIME)
    assert.equal(await masks(greedy, '--caps-remove=CAP_KILL'), DEFAULT_MASK & ~BIT.CAP_KILL)
  })

  test('--insecure-options=capabilities obeys the image', async () => {
    const greedy = image([isolator('retain', 'CAP_SYS_PTRACE', 'CAP_KILL')])
    const seen = await host.appc(['--insecure-options=capabilities', 'run', greedy])
    assert.equal(seen.status, 0, seen.stderr)
    assert.match(seen.stdout, /^bounding main 0000000000080020$/m)
  })

  describe('a pod manifest of the command line', () => {
    const manifest = async (app: Partial<RuntimeApp>): Promise<string> => {
      const [id = ''] = (await host.ok(['fetch', image([isolator('retain', 'CAP_SYS_TIME')])])).split('\n')
      const path = join(host.scratch, `pod-${count++}.json`)
      const document = {
        acKind: 'PodManifest',
        acVersion: '0.8.11',
        apps: [{ name: 'one', image: { id }, ...app }],
      }
      writeFileSync(path, JSON.stringify(document))
      return `--pod-manifest=${path}`
    }

    test('gives what the app section in it says', async () => {
      const app = { user: '0', group: '0', ...EVERYWHERE, isolators: [isolator('retain', 'CAP_SYS_PTRACE')] }
      assert.equal(await masks(await manifest({ app })), BIT.CAP_SYS_PTRACE)
    })

    test('gives nothing where the app section is the image’s own', async () =>
      refused(
        [await manifest({})],
        /^appc: one: its image asks .*: CAP_SYS_TIME$/m,
        /"app" section .*--insecure-options=capabilities/,
      ))
  })

  test('status tells the set in force, enter runs in it, cat-manifest says where it is from', async () => {
    const sleeper = image([isolator('retain', 'CAP_SYS_TIME')], { exec: ['/bin/sleep', '1000'], eventHandlers: [] })
    const uuid = await host.detach('--pod-name=told', sleeper, '--name=given', '--caps-retain=CAP_SYS_PTRACE,CAP_KILL')
    const { apps } = await host.status(uuid)
    assert.deepEqual(apps[0]?.capabilities, ['CAP_KILL', 'CAP_SYS_PTRACE'])
    assert.match(await host.ok(['status', uuid]), /^app-given-capabilities=CAP_KILL,CAP_SYS_PTRACE$/m)
    assert.match(await host.ok(['enter', uuid, 'grep', '^CapBnd', '/proc/self/status']), /0000000000080020$/m)
    const shown = JSON.parse(await host.ok(['cat-manifest', uuid])) as { apps: RuntimeApp[] }
    assert.deepEqual(shown.apps[0]?.app?.isolators, [isolator('retain', 'CAP_SYS_PTRACE', 'CAP_KILL')])
    await host.ok(['stop', '--force', uuid])
  })

  test('status tells the default set by its names', async () => {
    const uuid = await host.detach(image(undefined, { exec: ['/bin/sleep', '1000'], eventHandlers: [] }))
    assert.deepEqual((await host.status(uuid)).apps[0]?.capabilities, DEFAULT_CAPABILITIES)
    await host.ok(['stop', '--force', uuid])
  })
})
