import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { library } from '#native'
import type { CheckResult } from '../../stage0/ace/results.js'
import { RULES } from '../../stage1/plan/isolators/rules.js'
import { noNetworks } from '../helpers/networks.js'
import { noPods, podHost } from '../helpers/pods.js'

/** Rows of isolators; they fail while appc has no rule for the isolator. */
const ISOLATORS = {
  I1: 'os/linux/seccomp-remove-set',
  I12: 'os/unix/sysctl',
  I13: 'os/linux/oom-score-adj',
} as const

describe('appc ace', { skip: noPods }, () => {
  const host = podHost()
  const isEnforced = (name: keyof typeof RULES): boolean => Object.keys(RULES[name]).length > 0
  const broken = Object.entries(ISOLATORS).flatMap(([row, name]) => (isEnforced(name) ? [] : [row]))

  for (const net of ['default', 'none', 'host']) {
    const skip = net === 'default' && noNetworks
    test(`every rule of the specification that a pod can see is followed, with --net=${net}`, { skip }, async () => {
      const { status, stdout, stderr } = await host.appc(['ace', `--net=${net}`, '--format=json'])
      const results = JSON.parse(stdout) as readonly CheckResult[]
      const failed = results.filter(({ result }) => result === 'failed')
      assert.deepEqual(
        failed.map(({ row }) => row).sort(),
        [...broken].sort(),
        failed.map(({ row, subject, detail }) => `${row} ${subject}: ${detail}`).join('\n'),
      )
      assert.deepEqual([status, stderr], [broken.length > 0 ? 1 : 0, ''])
      assert.ok(results.filter(({ result }) => result === 'ok').length > 30)
      // A host without the controllers or another interface shows nothing of these.
      const unseen = results.flatMap(({ row, result }) => (result === 'not seen' ? [row] : []))
      assert.deepEqual(
        unseen.filter((row) => !['E10', 'I8', 'I9'].includes(row)),
        [],
      )
    })
  }

  test('the table names each rule with its result, and nothing remains', async () => {
    const { stdout } = await host.appc(['ace', '--net=none'])
    assert.match(stdout, /^ROW +PLACE +RESULT +CHECK$/m)
    assert.match(stdout, /^E14 +post-stop +ok +post-stop runs after the app/m)
    assert.deepEqual(await host.list(), [])
    assert.equal(await host.ok(['image', 'list', '--no-legend']), '')
    assert.deepEqual(
      readdirSync('/var/tmp').filter((name) => name.startsWith('appc-ace-')),
      [],
    )
  })

  test('a network that does not exist is an error, and nothing remains', async () => {
    const { status, stdout, stderr } = await host.appc(['ace', '--net=missing'])
    assert.deepEqual([status, stdout], [254, ''])
    assert.match(stderr, /appc run failed: .*missing/)
    assert.deepEqual(await host.list(), [])
    assert.equal(await host.ok(['image', 'list', '--no-legend']), '')
  })

  test('a wrong network word is an error of the command line', async () => {
    const { status, stdout, stderr } = await host.appc(['ace', '--net=none,host'])
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /none: goes with no other network/)
  })

  test('a broken rule is told, with what was found and what was expected', async () => {
    const image = host.image({
      files: { ace: { copyOf: join(library, 'appc-ace') } },
      app: {
        exec: ['/ace', 'main', 'I6', 'O1', 'E12', 'E13'],
        workingDirectory: '/srv',
        environment: [{ name: 'PATH', value: '/bin' }],
        isolators: [{ name: 'os/linux/capabilities-remove-set', value: { set: ['CAP_KILL'] } }],
      },
    })
    const { stdout, stderr } = await host.run('--net=none', image, '--name=main')
    const lines = stdout.trimEnd().split('\n')
    assert.match(stdout, /^main\tI6\t.*\tfailed\tCapBnd is "00000000a80425db", expected "00000000a80425fb"$/m, stderr)
    assert.match(stdout, /^main\tE12\t.*\tfailed\tPATH is Some\("\/bin"\), expected Some\("\/usr\/local\/sbin/m)
    assert.match(stdout, /^main\tE13\t.*\tfailed\tthe working directory is "\/srv", expected "\/"$/m)
    assert.ok(
      lines.filter((line) => line.startsWith('main\tO1')).every((line) => line.endsWith('\tok\t')),
      stdout,
    )
  })
})
