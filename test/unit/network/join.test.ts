import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import type { JoinedNetwork } from '#schema/network.js'
import type { Command } from '../../../stage1/network/plugins/command.js'
import { joinNetworks } from '../../../stage1/network/plugins/join.js'
import { scratch } from '../../helpers/scratch.js'

const RESULT = '{"cniVersion":"1.0.0","ips":[{"address":"10.1.2.3/24"}],"dns":{"nameservers":["10.1.2.1"]}}'

/**
 * Plugins, which are shell scripts in a directory of their own; each logs its name, environment and
 * input.
 */
class Plugins {
  readonly directory: string
  readonly log: string
  /** Each list of commands that was noted, the first words of what each would log. */
  readonly notes: (readonly Command[])[] = []

  constructor(t: TestContext, scripts: Readonly<Record<string, string>>) {
    this.directory = scratch(t)
    this.log = join(this.directory, 'log')
    for (const [name, script] of Object.entries(scripts)) {
      const path = join(this.directory, name)
      const log = `echo "${name} $CNI_COMMAND $CNI_IFNAME $CNI_NETNS $CNI_CONTAINERID $CNI_ARGS $(cat)" >>${this.log}`
      writeFileSync(path, `#!/bin/sh\n${log}\n${script}\n`)
      chmodSync(path, 0o755)
    }
  }

  join(networks: readonly JoinedNetwork[], patience = 20_000) {
    return joinNetworks(networks, {
      uuid: 'the-pod',
      namespace: '/proc/1/fd/9',
      pluginPath: [join(this.directory, 'missing'), this.directory],
      patience,
      note: (undo) => this.notes.push(undo),
    })
  }

  logged(): readonly string[] {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n') : []
  }
}

const network = (name: string, ...types: readonly string[]): JoinedNetwork => ({
  config: { cniVersion: '1.0.0', name, plugins: types.map((type) => ({ type })) },
  arguments: '',
  masquerade: false,
})

const undone = (commands: readonly Command[]): readonly string[] =>
  commands.map(({ program, environment, input }) => {
    const name = program.split('/').at(-1) ?? ''
    const of = (variable: string) => environment.find((line) => line.startsWith(`${variable}=`))?.split('=')[1] ?? ''
    return `${of('CNI_COMMAND')} ${name} ${of('CNI_IFNAME')}${input.includes('prevResult') ? ' with its result' : ''}`
  })

describe('joining networks', () => {
  test('executes the plugins in the order of networks and chains; each gets the result before it', async (t) => {
    const plugins = new Plugins(t, { one: `echo '${RESULT}'`, two: `echo '${RESULT}'` })
    const joined = await plugins.join([
      network('red', 'one', 'two'),
      { ...network('blue', 'two'), arguments: 'IP=::1' },
    ])
    assert.deepEqual(
      joined.map(({ name, interfaceName, result }) => [name, interfaceName, result.addresses, result.nameservers]),
      [
        ['red', 'eth0', ['10.1.2.3/24'], ['10.1.2.1']],
        ['blue', 'eth1', ['10.1.2.3/24'], ['10.1.2.1']],
      ],
    )
    const config = (type: string, name: string) => `{"type":"${type}","cniVersion":"1.0.0","name":"${name}"`
    assert.deepEqual(plugins.logged(), [
      `one ADD eth0 /proc/1/fd/9 the-pod  ${config('one', 'red')}}`,
      `two ADD eth0 /proc/1/fd/9 the-pod  ${config('two', 'red')},"prevResult":${RESULT}}`,
      `two ADD eth1 /proc/1/fd/9 the-pod IgnoreUnknown=1;IP=::1 ${config('two', 'blue')}}`,
    ])
  })

  test('a plugin does not masquerade what appc does', async (t) => {
    const plugins = new Plugins(t, { one: `echo '${RESULT}'` })
    const config = { cniVersion: '1.0.0', name: 'red', plugins: [{ type: 'one', ipMasq: true }] }
    await plugins.join([{ config, arguments: '', masquerade: true }])
    await plugins.join([{ config, arguments: '', masquerade: false }])
    assert.deepEqual(
      plugins.logged().map((line) => line.includes('ipMasq')),
      [false, true],
    )
  })

  test('what leaves the networks is known before each of them, in reverse order', async (t) => {
    const plugins = new Plugins(t, { one: `echo '${RESULT}'`, two: `echo '${RESULT}'` })
    await plugins.join([network('red', 'one', 'two'), network('blue', 'two')])
    assert.deepEqual(plugins.notes.map(undone), [
      ['DEL two eth0', 'DEL one eth0'],
      ['DEL two eth0 with its result', 'DEL one eth0 with its result'],
      ['DEL two eth1', 'DEL two eth0 with its result', 'DEL one eth0 with its result'],
      ['DEL two eth1 with its result', 'DEL two eth0 with its result', 'DEL one eth0 with its result'],
    ])
  })

  test('an interface that the first plugin made on the host is noted before the second one begins', async (t) => {
    const made = `{"interfaces":[{"name":"veth1234abcd","mac":"AA:00:00:00:00:01"}]}`
    const plugins = new Plugins(t, { one: `echo '${made}'`, bad: 'exit 1' })
    await assert.rejects(plugins.join([network('red', 'one', 'bad')]), { code: 'NETWORK_FAILED' })
    const last = plugins.notes.at(-1)?.map((command) => [command.program.split('/').at(-1), ...command.arguments])
    assert.deepEqual(last, [['bad'], ['one'], ['appc-init', 'remove-interface', 'veth1234abcd', 'aa:00:00:00:00:01']])
  })

  test('a missing plugin is found before anything is done', async (t) => {
    const plugins = new Plugins(t, { one: `echo '${RESULT}'` })
    await assert.rejects(plugins.join([network('red', 'one'), network('blue', 'lost')]), {
      code: 'NETWORK_FAILED',
      message: /^network blue: has no plugin lost in /,
      hint: 'apt install containernetworking-plugins',
    })
    assert.deepEqual([plugins.logged(), plugins.notes], [[], []])
  })

  for (const [what, script, message] of [
    [
      'fails with an error of CNI',
      `echo '{"code":11,"msg":"no address","details":"full"}'; exit 1`,
      'no address: full',
    ],
    ['fails without a word', 'exit 7', 'ended with 7'],
    ['fails on stderr', 'echo why >&2; exit 1', 'why'],
    ['is killed', 'kill -SEGV $$', 'ended with SIGSEGV'],
    ['gives no result', 'exit 0', 'ended without a result'],
    ['prints rubbish', 'echo "{rubbish"', 'ended without a result'],
    ['prints no object', 'echo "[]"', 'ended without a result'],
    ['gives addresses that are no list', `echo '{"ips": "10.0.0.1"}'`, 'ended without a result'],
  ] as const) {
    test(`a plugin that ${what} is the error, and stays noted`, async (t) => {
      const plugins = new Plugins(t, { good: `echo '${RESULT}'`, bad: script })
      await assert.rejects(plugins.join([network('red', 'good', 'bad')]), {
        code: 'NETWORK_FAILED',
        message: `network red: ${join(plugins.directory, 'bad')}: ${message}`,
      })
      assert.deepEqual(plugins.notes.map(undone), [['DEL bad eth0', 'DEL good eth0']])
    })
  }

  describe('a plugin that the kernel interrupted while it listed interfaces', () => {
    const INTERRUPTED = `echo '{"code":100,"msg":"no addresses: interrupted system call"}'; exit 1`

    test('is executed again, after the network is undone in the namespace', async (t) => {
      const plugins = new Plugins(t, {
        good: `echo '${RESULT}'`,
        busy: `[ "$(grep -c 'busy ADD' "$(dirname "$0")/log")" = 3 ] || { ${INTERRUPTED}; }; echo '${RESULT}'`,
      })
      await plugins.join([network('red', 'good', 'busy')])
      const round = ['good ADD', 'busy ADD', 'busy DEL', 'good DEL']
      assert.deepEqual(
        plugins.logged().map((line) => line.split(' ', 4).join(' ')),
        [...round, ...round, 'good ADD', 'busy ADD'].map((words) => `${words} eth0 /proc/1/fd/9`),
      )
    })

    test('is the error where that does not end', async (t) => {
      const plugins = new Plugins(t, { busy: INTERRUPTED })
      await assert.rejects(plugins.join([network('red', 'busy')]), {
        code: 'NETWORK_FAILED',
        message: /: no addresses: interrupted system call$/,
      })
      assert.equal(plugins.logged().filter((line) => line.includes(' ADD ')).length, 5)
    })
  })

  test('a plugin that hangs is killed, with or without a child that keeps its output', async (t) => {
    const plugins = new Plugins(t, { hangs: 'sleep 1000 & exec sleep 1000' })
    await assert.rejects(plugins.join([network('red', 'hangs')], 300), /: did not end within 0\.3 s$/)
  })

  test('a plugin that reads nothing and writes without end is no trouble', async (t) => {
    const plugins = new Plugins(t, { floods: `exec <&-; yes x | head -c 3000000; echo '${RESULT}'` })
    const big = { ...network('red', 'floods'), arguments: `IP=${'1'.repeat(100_000)}` }
    await assert.rejects(plugins.join([big]), { code: 'NETWORK_FAILED' })
  })

  test('a plugin of CNI 0.3 gets no result to remove', async (t) => {
    const plugins = new Plugins(t, { one: `echo '${RESULT}'` })
    const { config } = network('red', 'one')
    await plugins.join([{ ...network('red'), config: { ...config, cniVersion: '0.3.1' } }])
    assert.deepEqual(plugins.notes.map(undone), [['DEL one eth0'], ['DEL one eth0']])
  })
})
