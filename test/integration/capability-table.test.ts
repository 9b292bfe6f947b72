import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Isolator } from '#schema/isolator.js'
import { CAPABILITIES, DEFAULT_CAPABILITIES, setsIn } from '../helpers/capability-names.js'
import { noPods, podHost } from '../helpers/pods.js'

const DEFAULT = CAPABILITIES.filter((name) => DEFAULT_CAPABILITIES.includes(name))
const REMOVE = 'os/linux/capabilities-remove-set'
const RETAIN = 'os/linux/capabilities-retain-set'

/**
 * A capability that even systemd does not have on this machine is not available in a pod either.
 */
const hostHas = (name: string): boolean =>
  setsIn(readFileSync('/proc/1/status', 'utf8'))['CapBnd']?.includes(name) ?? false

describe('the capability sets of an app, by name', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const id = host.ok(['fetch', box])

  /**
   * The capability sets of an app in the operator's pod manifest. A retain-set replaces the default
   * set; remove-sets are subtracted from it.
   */
  async function setsWith(isolators: readonly Isolator[], user = '0'): Promise<ReturnType<typeof setsIn>> {
    const file = join(mkdtempSync(join(host.scratch, 'manifest-')), 'pod.json')
    const app = { exec: ['/bin/cat', '/proc/self/status'], user, group: user, isolators }
    const apps = [{ name: 'box', image: { id: await id }, app }]
    writeFileSync(file, JSON.stringify({ acKind: 'PodManifest', acVersion: '0.8.11', apps }))
    const seen = await host.run(`--pod-manifest=${file}`)
    assert.equal(seen.status, 0, seen.stderr)
    return setsIn(seen.stdout)
  }

  test('SPEC I6: root has exactly the 14 default capabilities, and none inheritable', async () => {
    const seen = await host.run(box, '--exec=/bin/cat', '--', '/proc/self/status')
    assert.equal(DEFAULT.length, 14)
    assert.deepEqual(setsIn(seen.stdout), { CapInh: [], CapPrm: DEFAULT, CapEff: DEFAULT, CapBnd: DEFAULT, CapAmb: [] })
  })

  test('SPEC I6: another user has none, and can gain only the 14 default ones', async () => {
    const seen = await host.run(box, '--user=worker', '--exec=/bin/cat', '--', '/proc/self/status')
    assert.deepEqual(setsIn(seen.stdout), { CapInh: [], CapPrm: [], CapEff: [], CapBnd: DEFAULT, CapAmb: [] })
  })

  test('SPEC I6: several remove-sets are all subtracted', async () => {
    const sets = [['CAP_CHOWN'], ['CAP_KILL', 'CAP_NET_RAW'], ['CAP_SYS_CHROOT', 'CAP_SYS_ADMIN']]
    const { CapBnd, CapEff } = await setsWith(sets.map((set) => ({ name: REMOVE, value: { set } })))
    const left = DEFAULT.filter((name) => !sets.flat().includes(name))
    assert.equal(left.length, 10)
    assert.deepEqual({ CapBnd, CapEff }, { CapBnd: left, CapEff: left })
  })

  for (const half of ['even', 'odd'] as const) {
    test(`SPEC I6: the capabilities are exactly the retain-set: those of ${half} numbers`, async () => {
      const set = CAPABILITIES.filter((_, number) => number % 2 === (half === 'even' ? 0 : 1))
      const all = await setsWith([{ name: RETAIN, value: { set } }])
      const available = set.filter(hostHas)
      assert.deepEqual(all, { CapInh: [], CapPrm: available, CapEff: available, CapBnd: available, CapAmb: [] })
    })
  }

  for (const name of DEFAULT) {
    test(`SPEC I6: ${name} alone can be removed`, async () => {
      const { CapBnd } = await setsWith([{ name: REMOVE, value: { set: [name] } }])
      assert.deepEqual(
        CapBnd,
        DEFAULT.filter((other) => other !== name),
      )
    })
  }
})
