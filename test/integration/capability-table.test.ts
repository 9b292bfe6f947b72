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

/** What nobody on this machine has, not even systemd, cannot be had in a pod either. */
const hostHas = (name: string): boolean =>
  setsIn(readFileSync('/proc/1/status', 'utf8'))['CapBnd']?.includes(name) ?? false

describe('the capability sets of an app, by name', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const id = host.ok(['fetch', box])

  /** The sets of an app of the operator's pod manifest; a retain-set is all of it, remove-sets come off the default. */
  async function setsWith(isolators: readonly Isolator[], user = '0'): Promise<ReturnType<typeof setsIn>> {
    const file = join(mkdtempSync(join(host.scratch, 'manifest-')), 'pod.json')
    const app = { exec: ['/bin/cat', '/proc/self/status'], user, group: user, isolators }
    const apps = [{ name: 'box', image: { id: await id }, app }]
    writeFileSync(file, JSON.stringify({ acKind: 'PodManifest', acVersion: '0.8.11', apps }))
    const seen = await host.run(`--pod-manifest=${file}`)
    assert.equal(seen.status, 0, seen.stderr)
    return setsIn(seen.stdout)
  }

  test('SPEC I6: root has exactly the 14, and passes none on', async () => {
    const seen = await host.run(box, '--exec=/bin/cat', '--', '/proc/self/status')
    assert.equal(DEFAULT.length, 14)
    assert.deepEqual(setsIn(seen.stdout), { CapInh: [], CapPrm: DEFAULT, CapEff: DEFAULT, CapBnd: DEFAULT, CapAmb: [] })
  })

  test('SPEC I6: another user has none, and can gain the 14 only', async () => {
    const seen = await host.run(box, '--user=worker', '--exec=/bin/cat', '--', '/proc/self/status')
    assert.deepEqual(setsIn(seen.stdout), { CapInh: [], CapPrm: [], CapEff: [], CapBnd: DEFAULT, CapAmb: [] })
  })

  test('SPEC I6: of several remove-sets each counts', async () => {
    const sets = [['CAP_CHOWN'], ['CAP_KILL', 'CAP_NET_RAW'], ['CAP_SYS_CHROOT', 'CAP_SYS_ADMIN']]
    const { CapBnd, CapEff } = await setsWith(sets.map((set) => ({ name: REMOVE, value: { set } })))
    const left = DEFAULT.filter((name) => !sets.flat().includes(name))
    assert.equal(left.length, 10)
    assert.deepEqual({ CapBnd, CapEff }, { CapBnd: left, CapEff: left })
  })

  for (const half of ['even', 'odd'] as const) {
    test(`SPEC I6: a retain-set is exactly what is left: those of ${half} numbers`, async () => {
      const set = CAPABILITIES.filter((_, number) => number % 2 === (half === 'even' ? 0 : 1))
      const all = await setsWith([{ name: RETAIN, value: { set } }])
      const had = set.filter(hostHas)
      assert.deepEqual(all, { CapInh: [], CapPrm: had, CapEff: had, CapBnd: had, CapAmb: [] })
    })
  }

  for (const name of DEFAULT) {
    test(`SPEC I6: ${name} alone can be removed`, async () => {
      const { CapBnd } = await setsWith([{ name: REMOVE, value: { set: [name] } }])
      assert.deepEqual(
        CapBnd,
        DEFAULT.filter((one) => one !== name),
      )
    })
  }
})
