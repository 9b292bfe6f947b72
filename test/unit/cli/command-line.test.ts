import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { COMMANDS } from '../../../stage0/cli/commands.js'
import { APPC, appc } from '../../helpers/run-cli.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'

test('appc alone says that the command is missing, on stderr, and lists the commands', async () => {
  const { status, stdout, stderr } = await appc([])
  assert.equal(status, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /^appc: missing command\n/)
  for (const name of Object.keys(COMMANDS)) assert.ok(stderr.includes(`  ${name} `), name)
})

/** These commands parse their words themselves, and report the first wrong one. */
const RAW = ['run', 'enter', 'version']

for (const name of Object.keys(COMMANDS)) {
  test(`appc ${name} -h, --help and --help=true show its help, whatever other words there are`, async () => {
    const help = await appc([...name.split(' '), '--help'])
    assert.equal(help.status, 0)
    assert.match(help.stdout, new RegExp(`^(usage: )?appc ${name}`))
    const variants = RAW.includes(name) ? [['-h']] : [['-h'], ['--help=true'], ['--no-such-option', '--help']]
    for (const words of variants) assert.deepEqual(await appc([...name.split(' '), ...words]), help)
  })
}

for (const words of [['--help'], ['help'], ['-h']]) {
  test(`appc ${words.join(' ')} lists every command on stdout`, async () => {
    const { status, stdout, stderr } = await appc(words)
    assert.equal(status, 0)
    assert.equal(stderr, '')
    for (const [name, { describe }] of Object.entries(COMMANDS)) {
      assert.ok(stdout.includes(`  ${name} `) && stdout.includes(describe), name)
    }
  })
}

for (const words of [
  ['image', '--help'],
  ['help', 'image'],
  ['--help', 'image'],
]) {
  test(`appc ${words.join(' ')} lists the image commands, and no others`, async () => {
    const { status, stdout, stderr } = await appc(words)
    assert.deepEqual([status, stderr], [0, ''])
    const listed = [...stdout.matchAll(/^ {2}([\w-]+ [\w-]+)/gm)].map(([, name]) => name)
    assert.deepEqual(
      listed,
      Object.keys(COMMANDS).filter((name) => name.startsWith('image ')),
    )
  })
}

for (const name of Object.keys(COMMANDS)) {
  test(`appc ${name} --help shows its usage`, async () => {
    const { status, stdout, stderr } = await appc([...name.split(' '), '--help'])
    assert.equal(stderr, '')
    assert.equal(status, 0)
    assert.ok(stdout.includes(`appc ${name}`), stdout)
  })
}

const USAGE_ERRORS: readonly (readonly [words: string[], message: string, hint: RegExp])[] = [
  [['frobnicate'], 'appc: frobnicate: no such command', /^hint: appc --help$/m],
  [['vers'], 'appc: vers: no such command', /^hint: did you mean appc version\?$/m],
  [['ps'], 'appc: ps: no such command', /^hint: did you mean appc list\?$/m],
  [['images'], 'appc: images: no such command', /^hint: did you mean appc image list\?$/m],
  [['inspect', 'x'], 'appc: inspect: no such command', /^hint: did you mean appc status --format=json\?$/m],
  [['rmi', 'x'], 'appc: rmi: no such command', /^hint: did you mean appc image rm\?$/m],
  [['verify', 'x'], 'appc: verify: no such command', /^hint: did you mean appc image verify\?$/m],
  [['help', 'exec'], 'appc: exec: no such command', /^hint: did you mean appc enter\?$/m],
  [['image', 'inspect'], 'appc: image inspect: no such command', /^hint: did you mean appc image cat-manifest\?$/m],
  [['--frobnicate'], 'appc: --frobnicate: no such option', /^hint: appc --help$/m],
  [['image'], 'appc: image: missing command', /^hint: one of: image list, image rm, /m],
  [['image', 'lst'], 'appc: image lst: no such command', /^hint: did you mean appc image list\?$/m],
  [['image', 'frobnicate'], 'appc: image frobnicate: no such command', /^hint: one of: image list, /m],
  [['--dir'], 'appc: --dir: a path must follow', /^/],
  [['version', 'now'], 'appc: version: not known: now', /^/],
  [
    ['image', 'list', '--frobnicate'],
    'appc: --frobnicate: appc image list has no such option',
    /^hint: appc image list --help$/m,
  ],
  [['image', 'list', 'surplus'], 'appc: image list: not known: surplus', /^hint: appc image list --help$/m],
  [['fetch'], 'appc: fetch: arguments are missing (0 given, at least 1 needed)', /^hint: appc fetch --help$/m],
  [['image', 'export', 'a'], 'appc: image export: arguments are missing (1 given, at least 2 needed)', /^hint: /m],
  [['image', 'list', '--format=yaml'], 'appc: image list: --format: "yaml" is not one of "text", "json"', /^hint: /m],
]

for (const [words, message, hint] of USAGE_ERRORS) {
  test(`appc ${words.join(' ')} is a usage error that names the problem`, async () => {
    const { status, stdout, stderr } = await appc(words)
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.equal(stderr.split('\n')[0], message)
    assert.match(stderr, hint)
  })
}

test('appc --version is the version of package.json', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const { stdout } = await appc(['--version'])
  assert.match(stdout, new RegExp(`^appc ${version}\nappc specification 0\\.8\\.11\nbun \\d+`))
})

test('a closed stdout is no failure and causes no message', () => {
  const { stdout, stderr } = spawnSync('bash', ['-c', `"$0" --help | :; echo "\${PIPESTATUS[0]}"`, APPC], {
    encoding: 'utf8',
  })
  assert.equal(stdout, '0\n')
  assert.equal(stderr, '')
})

test('--debug shows the code and the causes of a failure', { skip: needsRoot }, async (t) => {
  const dir = temporaryDirectory(t)
  const plain = await appc([`--dir=${dir}`, 'fetch', './missing.aci'])
  assert.equal(plain.stderr, 'appc: ./missing.aci: no such file or directory\n')
  const debug = await appc(['--debug', `--dir=${dir}`, 'fetch', './missing.aci'])
  assert.match(debug.stderr, /^code: FILE_UNREADABLE$/m)
  assert.match(debug.stderr, /^└─ ENOENT: .*missing\.aci' \(ENOENT\)$/m)
  assert.equal(debug.status, 254)
})

test('global options count before and after the name of the command', { skip: needsRoot }, async (t) => {
  const dir = temporaryDirectory(t)
  for (const words of [
    ['--dir', dir, 'image', 'list', '--format=json'],
    ['image', 'list', '--dir', dir, '--format', 'json'],
    ['image', 'list', `--dir=${dir}`, '--format=json'],
  ]) {
    assert.equal((await appc(words)).stdout, '[]\n', words.join(' '))
  }
})
