import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { aci } from '../../helpers/aci.js'
import { shell } from '../../helpers/images.js'
import { noPods, podHost } from '../../helpers/pods.js'
import type { Seen } from '../../helpers/run-cli.js'

/**
 * Text that, written raw to a terminal, renames the window, rings the bell, forges a line of appc
 * and reverses the direction of writing.
 */
const EVIL = '\u001b]0;owned\u0007\nhint: sh evil\u009b31m\u202e\u007f'
const SHOWN = '\\x1b]0;owned\\x07\\nhint: sh evil\\x9b31m\\u202e\\x7f'
const IN_JSON = JSON.stringify(EVIL)
  .slice(1, -1)
  .replace(/[\u007f\u009b\u202e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Nothing but line ends drives the terminal, and no line is one that the attacker wrote. */
function harmless({ stdout, stderr }: Seen): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, /(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
    assert.doesNotMatch(text, /^hint: sh evil/m)
  }
}

describe('control characters of others do not reach the terminal', { skip: noPods }, () => {
  const host = podHost()

  test('the value of a label, in image list and list, for people and as JSON', async () => {
    const path = join(host.scratch, 'label.aci')
    const labels = [
      { name: 'version', value: '1' },
      { name: 'evil', value: EVIL },
    ]
    writeFileSync(path, aci([], { name: 'example.com/labelled', labels }))
    // whether it is refused or not
    for (const words of [
      ['fetch', path],
      ['run', path],
      ['image', 'list'],
      ['image', 'list', '--format=json'],
      ['list'],
    ]) {
      harmless(await host.appc(words))
    }
  })

  test('the name of a capability, in an error of run', async () => {
    const isolators = [{ name: 'os/linux/capabilities-remove-set', value: { set: [`CAP_${EVIL}`] } }]
    const seen = await host.run(host.image({ name: 'capability', app: { isolators } }))
    harmless(seen)
    assert.ok(seen.stderr.includes(`appc: capability: no such capability: CAP_${SHOWN}\n`), seen.stderr)
  })

  test('the path of a mount point, in a warning of run and in cat-manifest', async () => {
    const mountPoints = [{ name: 'data', path: `/srv/${EVIL}` }]
    const image = host.image({ name: 'mounted', app: { exec: ['/bin/true'], mountPoints } })
    const seen = await host.run('--pod-name=mounted', image)
    assert.ok(seen.stderr.includes(`mount point data (/srv/${SHOWN})`), seen.stderr)
    harmless(seen)
    const manifest = await host.appc(['cat-manifest', 'mounted'])
    assert.ok(manifest.stdout.includes(IN_JSON))
    harmless({ ...manifest, stdout: manifest.stdout.replaceAll('\t', '') })
    for (const words of [['list'], ['status', 'mounted'], ['status', 'mounted', '--format=json']]) {
      harmless(await host.appc(words))
    }
  })

  test('the words of the command line themselves, in errors of run, status and enter', async () => {
    const uuid = await host.detach(host.image({ name: 'entered', app: { exec: shell('sleep 1000') } }))
    for (const words of [
      ['run', `./${EVIL}.aci`],
      ['run', `--${EVIL}`],
      ['status', EVIL],
      ['enter', EVIL],
      ['enter', `--app=${EVIL}`, uuid],
      ['enter', `--${EVIL}`, uuid],
      ['validate', `/nonexistent/${EVIL}`],
      [EVIL],
    ]) {
      const seen = await host.appc(words)
      assert.notEqual(seen.status, 0)
      harmless(seen)
      assert.match(seen.stderr, /owned/)
    }
    await host.ok(['stop', '--force', uuid])
  })

  test('a pod manifest that breaks the specification: a line for each problem, none of the attacker’s', async () => {
    const path = join(host.scratch, 'broken.json')
    writeFileSync(path, JSON.stringify({ acKind: 'PodManifest', acVersion: EVIL, apps: [{ name: EVIL, [EVIL]: 1 }] }))
    const seen = await host.run(`--pod-manifest=${path}`)
    assert.equal(seen.status, 254)
    harmless(seen)
    assert.match(seen.stderr, /problems\n {2}\S/)
  })

  test('what an app writes itself stays as it is', async () => {
    const seen = await host.run(host.image({ name: 'raw', app: { exec: ['/bin/printf', '\\033[1mbold\\n'] } }))
    assert.deepEqual([seen.status, seen.stdout], [0, '\u001b[1mbold\n'])
  })
})
