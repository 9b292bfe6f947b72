import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { noPods, podHost } from '../helpers/pods.js'

describe('volumes', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const sh = (script: string, ...options: string[]): string[] => [
    box,
    ...options,
    '--exec=/bin/sh',
    '--',
    '-c',
    script,
    '---',
  ]
  let count = 0
  function directory(file = 'from the host\n'): string {
    const path = join(host.scratch, `volume-${count++}`)
    mkdirSync(path)
    writeFileSync(join(path, 'file'), file)
    return path
  }
  const data = '--mount=volume=data,target=/data'

  test('SPEC P6: a host volume is the host’s directory, for reading and writing', async () => {
    const source = directory()
    const seen = await host.run(
      `--volume=data,kind=host,source=${source}`,
      data,
      ...sh('cat /data/file; echo back >/data/new'),
    )
    assert.equal(seen.stdout, 'from the host\n', seen.stderr)
    assert.equal(readFileSync(join(source, 'new'), 'utf8'), 'back\n')
  })

  test('SPEC P6: a read-only volume cannot be written', async () => {
    const source = directory()
    const seen = await host.run(
      `--volume=data,kind=host,source=${source},readOnly=true`,
      data,
      ...sh('cat /data/file; echo x 2>/dev/null >/data/new || echo refused'),
    )
    assert.equal(seen.stdout, 'from the host\nrefused\n', seen.stderr)
    assert.equal(existsSync(join(source, 'new')), false)
  })

  for (const [volume, point, expected] of [
    [undefined, true, 'refused'],
    [undefined, false, 'written'],
    [false, true, 'written'],
    [true, false, 'refused'],
  ] as const) {
    test(`readOnly of the volume ${volume ?? 'absent'}, of the mount point ${point}: ${expected}`, async () => {
      const image = host.image({
        name: 'point',
        app: { mountPoints: [{ name: 'data', path: '/data', readOnly: point }] },
      })
      const option = volume === undefined ? '' : `,readOnly=${volume}`
      const seen = await host.run(
        `--volume=data,kind=host,source=${directory()}${option}`,
        ...[image, '--exec=/bin/sh', '--', '-c', '(echo x >/data/new) 2>/dev/null && echo written || echo refused'],
      )
      assert.equal(seen.stdout, `${expected}\n`, seen.stderr)
    })
  }

  test('SPEC P6: an empty volume is shared by the apps, has mode and owner, and goes with the pod', async () => {
    const seen = await host.run(
      '--pod-name=shared',
      '--volume=data,kind=empty,mode=1770,uid=7,gid=8',
      data,
      ...sh('stat -c "%a %u %g" /data; ls -A /data; echo hello >/data/one', '--name=one'),
      ...sh('until [ -s /data/one ]; do :; done; cat /data/one', '--name=two'),
    )
    assert.deepEqual(seen.stdout.trim().split('\n').sort(), ['1770 7 8', 'hello'], seen.stderr)
    const { uuid } = await host.status('shared')
    const kept = join(host.dir.pod('run', uuid), 'sharedVolumes/data')
    assert.equal(statSync(kept).mode & 0o7777, 0o1770)
    await host.ok(['rm', 'shared'])
    assert.equal(existsSync(kept), false)
  })

  test('an empty volume has mode 0755 and belongs to root by default', async () => {
    const seen = await host.run('--volume=data,kind=empty', data, ...sh('stat -c "%a %u %g" /data'))
    assert.equal(seen.stdout, '755 0 0\n', seen.stderr)
  })

  test('SPEC E7: a missing source is an error, and nothing is created on the host', async () => {
    const source = join(host.scratch, 'missing')
    const seen = await host.run(`--volume=data,kind=host,source=${source}`, data, box)
    assert.equal(seen.status, 254)
    assert.equal(seen.stderr, `appc: volume data: ${source}: no such file or directory\nhint: namei --long ${source}\n`)
    assert.equal(existsSync(source), false)
  })

  test('a mount for one app does not apply to the other', async () => {
    const seen = await host.run(
      `--volume=data,kind=host,source=${directory()}`,
      ...sh('cat /data/file', '--name=one', data),
      ...sh('ls /data 2>/dev/null || echo none', '--name=two'),
    )
    assert.deepEqual(seen.stdout.trim().split('\n').sort(), ['from the host', 'none'], seen.stderr)
  })

  test('SPEC P5: the root of an app is read-only where asked, its volumes are not', async () => {
    const script =
      '(echo x >/etc/new) 2>/dev/null || echo refused; echo x >/data/new && echo written; echo x >/tmp/new || :'
    const seen = await host.run(
      `--volume=data,kind=host,source=${directory()}`,
      data,
      ...sh(script, '--readonly-rootfs'),
    )
    assert.match(seen.stdout, /^refused\nwritten\n/, seen.stderr)
  })

  test('no mount of a pod is visible on the host', async () => {
    const run = host.start(['run', '--pod-name=hidden', ...sh('echo ready; while :; do sleep 1000; done')])
    await run.shows('ready')
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(`${host.dir.root}/`), false)
    await host.ok(['stop', 'hidden'])
    await run.ended
  })
})
