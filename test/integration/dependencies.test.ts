import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openStore } from '../../stage0/store/store.js'
import { type Entry, image } from '../helpers/aci.js'
import { shell } from '../helpers/images.js'
import { dependsOn, directory, file } from '../helpers/image-store.js'
import type { JsonObject } from '../helpers/manifests.js'
import { noPods, podHost } from '../helpers/pods.js'

const SCRIPT = 'cat /who; ls /srv; stat -c "%a %u" /etc/base'

describe('pods of images with dependencies', { skip: noPods }, () => {
  const host = podHost()
  const fetch = async (name: string, entries: readonly Entry[], manifest: JsonObject = {}): Promise<string> => {
    const path = join(host.scratch, `${name}.aci`)
    writeFileSync(path, image(entries, { name: `example.com/${name}`, ...manifest }))
    return await host.ok(['fetch', '--pull-policy=new', path])
  }
  /** Does the same without the start of a program. */
  const ingest = async (name: string, entries: readonly Entry[], manifest: JsonObject): Promise<void> => {
    const path = join(host.scratch, `${name}.aci`)
    writeFileSync(path, image(entries, { name: `example.com/${name}`, ...manifest }))
    const fd = openSync(path, 'r')
    await openStore(host.dir).ingest(fd, { subject: path })
    closeSync(fd)
  }
  const app = (script: string): JsonObject => ({ app: { exec: [...shell(script)], user: '0', group: '0' } })
  const pod = (uuid: string, ...path: string[]): string => join(host.dir.pod('run', uuid), ...path)
  const lines = (path: string): string[] => readFileSync(path, 'utf8').trim().split('\n')
  let ids: Readonly<Record<'box' | 'left' | 'right' | 'top' | 'listed', string>>

  before(async () => {
    const box = await host.ok(['fetch', '--pull-policy=new', host.image()])
    const ownFiles = (name: string): Entry[] => [directory('srv'), file(`srv/${name}`), file('who', `${name}\n`)]
    const left = await fetch('left', [...ownFiles('left'), directory('etc/base', 0o700, { uid: 9 })], dependsOn('box'))
    // this image has entries for neither etc nor etc/base
    const right = await fetch('right', [...ownFiles('right'), file('etc/base/file')], dependsOn('box'))
    const top = await fetch('top', [file('srv/top')], { ...dependsOn('left', 'right'), ...app(SCRIPT) })
    const listed = await fetch('listed', [file('own')], {
      ...dependsOn('top'),
      ...app('ls -d /srv/* /own /who /bin/vi /etc/base 2>/dev/null'),
      pathWhitelist: ['/own', '/srv/left', '/bin/sh', '/bin/ls', '/bin/busybox'],
    })
    ids = { box, left, right, top, listed }
  })

  for (const options of [[], ['--no-overlay']]) {
    test(`SPEC E3: a diamond runs ${options.join() || 'as an overlay'}`, async () => {
      const seen = await host.run(`--pod-name=diamond${options.length}`, ...options, 'example.com/top')
      assert.equal(seen.stdout, 'right\nleft\nright\ntop\n700 9\n', seen.stderr)
      const { uuid } = await host.status(`diamond${options.length}`)
      const [first, ...more] = lines(pod(uuid, 'appsinfo/top/images'))
      assert.equal(first, ids.top)
      assert.deepEqual(more.filter((id) => id.startsWith('sha512-')).sort(), [ids.box, ids.left, ids.right].sort())
      assert.deepEqual(
        more.filter((id) => id.startsWith('deps-')),
        readdirSync(host.dir.trees).sort(),
      )
      assert.equal(existsSync(pod(uuid, 'rootfs/top/who')), options.length > 0)
      assert.equal(existsSync(pod(uuid, 'overlay')), options.length === 0)
    })
  }

  test('SPEC E4: a pod sees only the files of the whitelist', async () => {
    const seen = await host.run('example.com/listed')
    assert.equal(seen.stdout, '/own\n/srv/left\n', seen.stderr)
  })

  test('SPEC E2: with --no-overlay as well, each app has its own clean root, and the store is unchanged', async () => {
    const script = 'ls -A /srv; echo changed >/who; chmod 777 /etc; touch /srv/new; stat -c %a /'
    const words = ['--no-overlay', '--exec=/bin/sh', '--', '-c', script]
    const [option = '', ...rest] = words
    for (let round = 0; round < 2; round++) {
      const seen = await host.run(option, 'example.com/top', ...rest)
      assert.equal(seen.stdout, 'left\nright\ntop\n755\n', seen.stderr)
    }
    const verified = await host.appc(['image', 'verify', '--all'])
    assert.deepEqual([verified.stderr, verified.status], ['', 0])
  })

  test('--no-overlay: volumes, read-only roots and the kernel’s file systems are as in an overlay', async () => {
    const script =
      '(echo x >/new) 2>/dev/null || echo refused; echo x >/data/new && echo written; test -c /dev/null && ls /proc/self >/dev/null && echo kernel'
    const seen = await host.run(
      ...['--no-overlay', '--volume=data,kind=empty', '--mount=volume=data,target=/data'],
      ...['example.com/top', '--readonly-rootfs', '--exec=/bin/sh', '--', '-c', script],
    )
    assert.equal(seen.stdout, 'refused\nwritten\nkernel\n', seen.stderr)
  })

  test('a dependency of a running pod is not removed; that of an exited pod is', async () => {
    const uuid = await host.detach('--pod-name=needs', 'example.com/top', '--exec=/bin/sh', '--', '-c', 'sleep 1000')
    const refused = await host.appc(['image', 'rm', ids.left])
    assert.equal(refused.status, 254)
    assert.match(refused.stderr, new RegExp(`^appc: sha512-.{12}: in use by pod ${uuid}\n`))
    const collected = await host.ok(['image', 'gc', '--grace-period=0', '--format=json'])
    assert.equal(collected.includes(ids.left), false)
    await host.ok(['stop', '--force', uuid])
    assert.equal(await host.ok(['image', 'rm', ids.left]), ids.left)
    await host.ok(['rm', uuid])
  })

  test('25 layers with long names run, and nothing is copied for them', async () => {
    const count = 25
    const box = await host.ok(['fetch', '--pull-policy=new', host.image({ name: 'base' })])
    for (let level = 1; level <= count; level++) {
      const below = level === 1 ? 'base' : `level-${level - 1}`
      const entries = [directory('srv'), file(`srv/${'n'.repeat(60)}-${level}`), file('who', `${level}\n`)]
      await ingest(`level-${level}`, entries, { ...dependsOn(below), ...app('cat /who; ls /srv | wc -l') })
    }
    const trees = readdirSync(host.dir.trees).sort()
    const seen = await host.run('--pod-name=high', `example.com/level-${count}`)
    assert.equal(seen.stdout, `${count}\n${count}\n`, seen.stderr)
    assert.deepEqual(readdirSync(host.dir.trees).sort(), trees)
    const { uuid } = await host.status('high')
    const spec = JSON.parse(readFileSync(pod(uuid, 'run.json'), 'utf8')) as { apps: { layers: string[] }[] }
    assert.equal(spec.apps[0]?.layers.length, count + 1)
    assert.equal(spec.apps[0].layers.at(-1), join(host.dir.image(box), 'rootfs'))
    assert.ok(statSync(join(host.dir.image(box), 'used')).mtimeMs > 0)
    const listed = JSON.parse(await host.ok(['image', 'list', '--format=json'])) as { last_used_time: string | null }[]
    assert.ok(listed.some(({ last_used_time }) => last_used_time !== null))
  })
})

describe('where overlays do not work', { skip: noPods }, () => {
  // an overlay file system cannot hold the upper layer of another overlay
  const nest = mkdtempSync('/var/tmp/appc-nest-')
  const places = ['lower', 'upper', 'work', 'merged'].map((name) => join(nest, name))
  const [lower, upper, work, merged = ''] = places
  if (noPods === false) {
    for (const place of places) mkdirSync(place)
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged])
  }
  const host = podHost(noPods === false ? merged : nest)
  after(() => {
    if (noPods === false) execFileSync('umount', [merged])
    rmSync(nest, { recursive: true })
  })

  test('the roots are copied, with a warning that names the reason', async () => {
    const box = host.image({ app: { exec: [...shell('echo hello; echo x >/new && cat /new')] } })
    for (let round = 0; round < 2; round++) {
      const seen = await host.run(box)
      assert.equal(seen.stdout, 'hello\nx\n', seen.stderr)
      const warning = `warning: ${host.dir.root}: overlays do not work here (the kernel refuses: invalid argument`
      assert.ok(seen.stderr.startsWith(warning), seen.stderr)
      assert.match(seen.stderr, /: the roots of the apps are copied\n/)
    }
  })
})
