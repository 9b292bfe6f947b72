import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { spellOut } from '../../../stage0/cli/short-options.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { appc } from '../../helpers/run-cli.js'

const SHORTS = { f: { option: 'follow' }, q: { option: 'quiet' }, n: { option: 'lines', value: true } } as const

describe('short options', () => {
  for (const [word, long] of [
    ['-f', ['--follow']],
    ['-fq', ['--follow', '--quiet']],
    ['-n', ['--lines']],
    ['-n5', ['--lines=5']],
    ['-n=5', ['--lines=5']],
    ['-fn5', ['--follow', '--lines=5']],
    ['-fn', ['--follow', '--lines']],
    ['-nf', ['--lines=f']],
    ['-x', ['-x']],
    ['-fx', ['-fx']],
  ] as const) {
    test(`${word} is ${long.join(' ')}`, () => assert.deepEqual(spellOut(word, SHORTS), long))
  }

  test('are in the help of the commands that have them', async () => {
    for (const [command, text] of [
      ['logs', '-f, --follow'],
      ['run', '-d, --detach'],
    ] as const) {
      assert.ok((await appc([command, '--help'])).stdout.includes(text), text)
    }
  })
})

describe('an option that a command does not have', { skip: needsRoot }, () => {
  for (const [words, message] of [
    [['logs', '-x', 'pod'], 'appc: -x: appc logs has no such option\nhint: appc logs --help\n'],
    [['logs', '--follw', 'pod'], 'appc: --follw: appc logs has no such option\nhint: did you mean --follow?\n'],
    [['list', '--all'], 'appc: --all: appc list has no such option\nhint: appc list lists all pods\n'],
    [
      ['run', '-it', '--rm', 'x'],
      'appc: --rm: appc run has no such option\nhint: appc gc removes pods that have exited\n',
    ],
    [['run', '-dx', 'x'], 'appc: -dx: appc run has no such option\nhint: appc run --help\n'],
  ] as const) {
    test(`${words.join(' ')}: only the first unknown option is named`, async (t) => {
      const { status, stdout, stderr } = await appc([`--dir=${temporaryDirectory(t)}`, ...words])
      assert.deepEqual([status, stdout, stderr], [2, '', message])
    })
  }
})

describe('appc logs', { skip: needsRoot }, () => {
  for (const [words, message] of [
    [['--lines=x'], 'appc: --lines=x: expected a number of lines, or all\n'],
    [['-n', 'x'], 'appc: --lines=x: expected a number of lines, or all\n'],
    [['--tail=-1'], 'appc: --lines=-1: expected a number of lines, or all\n'],
    [['--priority=loud'], 'appc: --priority=loud: expected err, warning, info or another level of syslog\n'],
  ] as const) {
    test(`refuses ${words.join(' ')}`, async (t) => {
      const { status, stderr } = await appc([`--dir=${temporaryDirectory(t)}`, 'logs', ...words, 'pod'])
      assert.deepEqual([status, stderr], [2, `${message}hint: appc logs --help\n`])
    })
  }

  test('-f POD takes POD as the pod, not as a value', async (t) => {
    const { stderr } = await appc([`--dir=${temporaryDirectory(t)}`, 'logs', '-f', 'pod'])
    assert.equal(stderr, 'appc: pod: no pod has that name or UUID\nhint: appc list\n')
  })
})
