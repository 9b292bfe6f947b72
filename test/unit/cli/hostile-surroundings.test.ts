import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { temporaryDirectory } from '../../helpers/data-dir.js'
import { appc, type Seen } from '../../helpers/run-cli.js'
import { snapshot } from '../../helpers/snapshot.js'

/** Every execution of this program leaves a file. */
const EVIL = `
  require('node:fs').writeFileSync(require('node:path').join(__dirname, 'ran-' + process.pid), '')
  console.log('evil')`

/**
 * Files that Bun, Node, npm and the libraries in the executable would read in a current directory
 * or a home directory.
 */
const FILES: Readonly<Record<string, string>> = {
  'evil.js': EVIL,
  'evil.mjs': `import { writeFileSync } from 'node:fs'; writeFileSync(import.meta.dirname + '/ran-' + process.pid, '')`,
  'bunfig.toml': 'preload = ["./evil.js"]\n[run]\nbun = true\nshell = "system"\n[test]\npreload = ["./evil.js"]\n',
  '.bunfig.toml': 'preload = ["./evil.js"]\n',
  '.config/.bunfig.toml': 'preload = ["./evil.js"]\n',
  '.env': 'https_proxy=socks5://evil.example\nBUN_OPTIONS=--preload=./evil.js\nAPPC_DIRECTORY_GONE=1\n',
  '.env.local': 'https_proxy=socks5://evil.example\n',
  '.env.production': 'https_proxy=socks5://evil.example\n',
  '.env.development': 'https_proxy=socks5://evil.example\n',
  'package.json': JSON.stringify({
    name: 'evil',
    type: 'commonjs',
    main: './evil.js',
    imports: { '#native': './evil.js', '#schema/*.js': './evil.js' },
    scripts: { version: 'bun ./evil.js', list: 'bun ./evil.js' },
    yargs: { 'dot-notation': false },
  }),
  'tsconfig.json': JSON.stringify({ compilerOptions: { baseUrl: '.', paths: { '*': ['./evil.js'] }, jsx: 'react' } }),
  'jsconfig.json': JSON.stringify({ compilerOptions: { baseUrl: '.', paths: { '*': ['./evil.js'] } } }),
  '.npmrc': 'node-options=--require=./evil.js\n',
  'index.js': EVIL,
  'version.js': EVIL,
  'runtime.js': EVIL,
  'node_modules/yargs/index.mjs': 'throw new Error("evil")',
  'node_modules/yargs/index.js': EVIL,
  'node_modules/pino/index.js': EVIL,
  'node_modules/openpgp/index.js': EVIL,
  'node_modules/dbus-next/index.js': EVIL,
  'locales/en.json': '{}',
}

/** Each variable changes the behaviour of a Bun or a Node that reads it. */
const VARIABLES: Readonly<Record<string, string>> = {
  BUN_OPTIONS: '--preload=./evil.js',
  BUN_BE_BUN: '1',
  BUN_CONFIG_PRELOAD: './evil.js',
  BUN_CONFIG_VERBOSE_FETCH: 'curl',
  BUN_CONFIG_REGISTRY: 'https://evil.example',
  BUN_INSPECT: 'ws://127.0.0.1:0/evil?wait=1',
  BUN_INSPECT_CONNECT_TO: 'ws+unix:///nowhere',
  BUN_INSPECT_NOTIFY: 'unix:///nowhere',
  BUN_INSPECT_PRELOAD: './evil.js',
  BUN_BYTECODE_ORDER_OUT: './ran-order',
  BUN_BYTECODE_DIGEST_OUT: './ran-digest',
  BUN_RUNTIME_TRANSPILER_CACHE_PATH: './ran-cache',
  BUN_DEBUG: './ran-debug',
  BUN_TRACE: './ran-trace',
  BUN_THREADPOOL_STATS: '1',
  BUN_JSC_dumpOptions: '3',
  BUN_JSC_useBytecodeCache: '0',
  JSC_dumpOptions: '3',
  MIMALLOC_SHOW_STATS: '1',
  MIMALLOC_VERBOSE: '3',
  NODE_OPTIONS: '--require=./evil.js',
  NODE_PATH: './node_modules',
  NODE_REPL_EXTERNAL_MODULE: './evil.js',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  NODE_CHANNEL_FD: '3',
  NODE_UNIQUE_ID: '1',
  NODE_V8_COVERAGE: './ran-coverage',
  NODE_DEBUG: 'http,net,tls,fs,module',
  APPC_DIRECTORY_GONE: '1',
  npm_config_node_options: '--require=./evil.js',
}

/**
 * The calls whose results the surroundings must not change: a command, the help of a family, a
 * usage error, a request.
 */
const CALLS = [['version'], ['image', '--help'], ['--dir=data', 'list', '--format=json'], ['nothing']] as const
const REQUEST = ['--dir=data', 'fetch', 'https://127.0.0.1:1/image.aci'] as const

function surroundings(t: TestContext, files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory(t)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  return directory
}

const callAll = async (cwd: string, env: NodeJS.ProcessEnv): Promise<Pick<Seen, 'status' | 'stdout' | 'stderr'>[]> => {
  const answers = []
  for (const words of [...CALLS, REQUEST]) {
    const { status, stdout, stderr } = await appc(words, { cwd, env })
    answers.push({ status, stdout, stderr })
  }
  return answers
}

describe('no program from the caller’s surroundings runs', () => {
  test('with a current and a home directory full of configuration files of other programs', async (t) => {
    const bare = surroundings(t, {})
    const full = surroundings(t, FILES)
    const homes = { HOME: full, XDG_CONFIG_HOME: join(full, '.config'), NODE_ENV: 'production' }
    const expected = await callAll(bare, {})
    assert.deepEqual(
      expected.map(({ status }) => status),
      [0, 0, 0, 2, 254],
    )
    const before = snapshot(full, ['data'])
    assert.deepEqual(await callAll(full, homes), expected)
    assert.deepEqual(snapshot(full, ['data']), before)
  })

  for (const [name, value] of Object.entries(VARIABLES)) {
    test(`${name}=${value}`, async (t) => {
      const directory = surroundings(t, { 'evil.js': EVIL })
      const expected = await callAll(surroundings(t, {}), {})
      assert.deepEqual(await callAll(directory, { [name]: value }), expected)
      assert.deepEqual(readdirSync(directory).sort(), ['data', 'evil.js'])
    })
  }

  test('with all files and variables at the same time', async (t) => {
    const full = surroundings(t, FILES)
    const expected = await callAll(surroundings(t, {}), {})
    const before = snapshot(full, ['data'])
    assert.deepEqual(await callAll(full, { ...VARIABLES, HOME: full }), expected)
    assert.deepEqual(snapshot(full, ['data']), before)
  })
})
