import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { aci } from '../../helpers/aci.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { file } from '../../helpers/image-store.js'
import { appc, type Seen } from '../../helpers/run-cli.js'
import { WebServer } from '../../helpers/web-server.js'

test('image verify: a damaged image is downloaded again from where it came from', { skip: needsRoot }, async (t) => {
  await using server = await WebServer.start()
  server.route('/app.aci', aci([file('etc', 'good')], { name: 'example.com/app' }))
  const data = join(temporaryDirectory(t), 'data')
  const call = (...words: string[]): Promise<Seen> => appc([`--dir=${data}`, ...words])
  const fetched = await call('--insecure-options=image,http', 'fetch', server.url('/app.aci').href)
  const id = fetched.stdout.trim()
  const damaged = join(data, 'cas', id, 'rootfs/etc')
  writeFileSync(damaged, 'evil')

  const refused = await call('image', 'verify', id)
  assert.equal(refused.status, 254)
  assert.match(refused.stderr, /: \/etc: .*\nappc: http:\/\/localhost:\d+\/app\.aci: /)
  assert.equal(readFileSync(damaged, 'utf8'), 'evil')

  const repaired = await call('--insecure-options=http', 'image', 'verify', id)
  assert.equal(repaired.stdout, `successfully repaired image: "example.com/app" ("${id}")\n`)
  assert.equal(readFileSync(damaged, 'utf8'), 'good')

  writeFileSync(damaged, 'evil')
  server.route('/app.aci', aci([], { name: 'example.com/app' }))
  const other = await call('--insecure-options=http', 'image', 'verify', id)
  assert.match(other.stderr, /app\.aci: is another image now: sha512-[0-9a-f]{12}\n/)
  assert.equal(other.status, 254)
})
