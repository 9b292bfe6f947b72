import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { appc } from '../../helpers/run-cli.js'

const AUTH = {
  rktKind: 'auth',
  rktVersion: 'v1',
  domains: ['example.com'],
  type: 'basic',
  credentials: { user: 'alice', password: 'opensesame' },
}

test('appc config prints what is configured, and never a secret', { skip: needsRoot }, async (t) => {
  const root = temporaryDirectory(t)
  for (const name of ['auth.d', 'paths.d']) mkdirSync(join(root, name))
  writeFileSync(join(root, 'auth.d/a.json'), JSON.stringify(AUTH))
  const paths = { appcKind: 'paths', appcVersion: 'v1', data: join(root, 'data') }
  writeFileSync(join(root, 'paths.d/a.json'), JSON.stringify(paths))
  const options = [`--system-config=${root}/none`, `--local-config=${root}`, '--debug']
  const { status, stdout, stderr } = await appc([...options, 'config'])
  assert.equal(status, 0, stderr)
  assert.ok(!`${stdout}${stderr}`.includes('opensesame'))
  const shown = JSON.parse(stdout) as { dataDir: string; auth: unknown }
  assert.equal(shown.dataDir, join(root, 'data'))
  assert.deepEqual(shown.auth, [
    {
      domain: 'example.com',
      type: 'basic',
      credentials: { user: 'alice', password: '********' },
      file: join(root, 'auth.d/a.json'),
    },
  ])
})

test('appc config refuses a broken file with its name', { skip: needsRoot }, async (t) => {
  const root = temporaryDirectory(t)
  mkdirSync(join(root, 'images.d'))
  writeFileSync(join(root, 'images.d/a.json'), '{"appcKind": "images"}')
  const { status, stdout, stderr } = await appc([`--local-config=${root}`, 'config'])
  assert.equal(stderr, `appc: ${root}/images.d/a.json: appcVersion: missing\n`)
  assert.equal(stdout, '')
  assert.equal(status, 254)
})
