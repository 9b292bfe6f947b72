import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { noPods, podHost } from '../helpers/pods.js'
import type { Seen } from '../helpers/run-cli.js'

describe('what of the host a volume shows', { skip: noPods }, () => {
  const mounted: string[] = []
  // before the host's own directory is removed; what is mounted last may be on what was mounted before
  after(() => mounted.reverse().forEach((path) => execFileSync('umount', [path])))
  const host = podHost()
  const box = host.image()

  const show = (source: string, script: string, fields = ''): Promise<Seen> =>
    host.run(
      `--volume=host,kind=host,source=${source}${fields}`,
      '--mount=volume=host,target=/host',
      ...[box, '--exec=/bin/sh', '--', '-c', script],
    )
  const said = async (source: string, script: string, fields?: string): Promise<string> => {
    const { stdout, stderr } = await show(source, script, fields)
    return (stdout + stderr).trim()
  }
  const scratch = (name: string): string => join(host.scratch, name)
  const directory = (name: string): string => {
    mkdirSync(scratch(name), { recursive: true })
    return scratch(name)
  }
  const linkTo = (name: string, to: string): string => {
    symlinkSync(to, scratch(name))
    return scratch(name)
  }
  const mount = (place: string, ...options: string[]): string => {
    execFileSync('mount', [...options, place])
    mounted.push(place)
    return place
  }
  const tmpfs = (name: string): string => mount(directory(name), '-t', 'tmpfs', 'tmpfs')

  const names = (path: string): string => readdirSync(path).sort().join(' ')
  const list = (path: string): string => `echo $(ls -A ${path} | LC_ALL=C sort)`

  describe('its root, as it is outside of any pod', () => {
    const links = [linkTo('to-root', '/'), linkTo('up', '../../../../../../..')]
    for (const source of ['/', '//', '/.', '/..', '/../..', '/etc/..', '/etc/../..', ...links]) {
      test(source.replace(host.scratch, 'link'), async () => {
        assert.equal(await said(source, list('/host')), names('/'))
        assert.equal(await said(source, list('/host'), ',recursive=false'), names('/'))
      })
    }

    test('a link above the root leads to what the host has there', async () => {
      assert.equal(await said(linkTo('above', '../../../../../../../etc/../etc'), 'cat /host/machine-id'), id())
    })
  })

  const id = (): string => readFileSync('/etc/machine-id', 'utf8').trim()

  test('file systems of the kernel come along with the root, unless it is not recursive', async () => {
    const script = 'cat /host/proc/1/comm; [ -d /host/sys/kernel ] && echo sys; ls -A /host/proc'
    assert.match(await said('/', script), /^systemd\nsys\n1\n/)
    assert.equal(await said('/', `(${script}) 2>/dev/null`, ',recursive=false'), '')
  })

  for (const [source, script, expected] of [
    ['/proc', 'cat /host/1/comm', 'systemd'],
    ['/sys', '[ -d /host/kernel ] && echo sys', 'sys'],
    ['/dev', '[ -c /host/null ] && echo dev; cat </host/null', 'dev'],
    ['/run', '[ -d /host/systemd/units ] && echo run', 'run'],
    ['/proc/sys/kernel/ostype', 'cat /host', 'Linux'],
    ['/etc/machine-id', '[ -f /host ] && echo file', 'file'],
  ] as const) {
    test(`${source} as the source`, async () => assert.equal(await said(source, script), expected))
  }

  describe('appc’s own data', () => {
    const data = host.dir.root
    const look = (place: string): string =>
      `ls -A /host${place} 2>/dev/null; (echo x >/host${place}/x) 2>/dev/null && echo written; echo looked`

    for (const [source, fields] of [
      ['/', ''],
      ['/', ',readOnly=true'],
      ['/', ',recursive=false'],
      ['/..', ''],
      [dirname(data), ''],
      [dirname(data), ',recursive=false'],
      [dirname(dirname(data)), ''],
      [`${data}/..`, ''],
      [linkTo('to-parent', '..'), ''],
    ] as const) {
      test(`is hidden below ${source.replace(host.scratch, 'scratch')}${fields}`, async () => {
        const real = execFileSync('realpath', [source], { encoding: 'utf8' }).trim()
        const place = data.slice(real === '/' ? 0 : real.length)
        assert.equal(await said(source, look(place), fields), 'looked')
        assert.equal(existsSync(join(data, 'x')), false)
      })
    }

    test('is hidden where a mount of the host shows it a second time', async () => {
      const twice = mount(directory('twice'), '--bind', dirname(data))
      assert.equal(await said(twice, look(`/${basename(data)}`)), 'looked')
      assert.equal(await said(host.scratch, look(`/twice/${basename(data)}`)), 'looked')
    })

    test('is hidden from every app, and what is beside it is not', async () => {
      writeFileSync(scratch('beside'), 'seen\n')
      const place = `/host/scratch/beside`
      assert.equal(await said(dirname(data), `cat ${place}; ls -A /host/${basename(data)}`), 'seen')
    })

    test('is no source', async () => {
      const pods = join(data, 'pods')
      for (const source of [data, `${data}/`, pods, `${pods}/..`, join(data, 'cas'), linkTo('to-data', data)]) {
        const { status, stderr } = await show(source, 'ls /host')
        assert.equal(status, 254)
        assert.match(stderr, /^appc: volume host: \S+ is in appc's data directory \S+, which no volume shows\n/)
      }
    })

    test('is no source where a mount of the host shows it, or a part of it, a second time', async () => {
      const again = mount(directory('again'), '--bind', data)
      const part = mount(directory('part'), '--bind', join(data, 'cas'))
      for (const source of [again, join(again, 'cas'), part]) {
        const { status, stderr } = await show(source, 'ls /host')
        assert.equal(status, 254)
        assert.match(
          stderr,
          /: mount point \/host of app box: source \S+: is in appc's data directory, which no volume shows\n/,
        )
      }
    })

    test('a directory whose name begins like that of the data directory is a source', async () => {
      mkdirSync(`${data}-too`)
      writeFileSync(`${data}-too/file`, 'seen\n')
      assert.equal(await said(`${data}-too`, 'cat /host/file'), 'seen')
    })
  })

  describe('mount points', () => {
    const place = directory('place')
    const inner = tmpfs('place/inner')
    mkdirSync(join(inner, 'below'))
    writeFileSync(join(inner, 'below', 'file'), 'seen\n')
    for (const [source, fields, file, expected] of [
      [place, '', 'inner/below/file', 'seen'],
      [place, ',recursive=true', 'inner/below/file', 'seen'],
      [place, ',recursive=false', 'inner/below/file', undefined],
      [inner, '', 'below/file', 'seen'],
      [inner, ',recursive=false', 'below/file', 'seen'],
      [join(inner, 'below'), '', 'file', 'seen'],
      [join(inner, 'below'), ',recursive=false', 'file', 'seen'],
      [`${inner}/below/../below`, '', 'file', 'seen'],
    ] as const) {
      test(`${source.slice(host.scratch.length)}${fields}`, async () => {
        const answer = await said(source, `cat /host/${file}`, fields)
        assert.equal(answer, expected ?? `cat: can't open '/host/${file}': No such file or directory`)
      })
    }

    test('below a read-only volume are read-only', async () => {
      const script = '(echo x >/host/inner/x) 2>/dev/null && echo written || echo refused'
      assert.equal(await said(place, script, ',readOnly=true'), 'refused')
    })
  })

  describe('what is no directory', () => {
    test('a socket is one in the pod', async () => {
      const path = scratch('socket')
      const server = createServer().listen(path)
      try {
        assert.equal(await said(path, '[ -S /host ] && echo socket'), 'socket')
      } finally {
        server.close()
      }
    })

    test('a FIFO is one in the pod, and nobody waits for it', async () => {
      execFileSync('mkfifo', [scratch('fifo')])
      assert.equal(await said(scratch('fifo'), '[ -p /host ] && echo fifo'), 'fifo')
    })

    for (const [name, to] of [
      ['an absolute symlink', '/etc/machine-id'],
      ['a relative symlink', '../../../../etc/machine-id'],
      ['a symlink to a symlink', 'first'],
    ] as const) {
      test(`${name} to a file`, async () => {
        if (to === 'first') linkTo('first', '/etc/machine-id')
        assert.equal(await said(linkTo(name.replaceAll(' ', '-'), to), 'cat /host'), id())
      })
    }
  })

  test('links of /proc are no sources, wherever they lead', async () => {
    for (const source of ['/proc/1/root', '/proc/1/cwd', '/proc/1/root/etc', linkTo('magic', '/proc/1/root')]) {
      const { status, stderr } = await show(source, 'ls /host')
      assert.equal(status, 254)
      assert.match(stderr, /source \S+: leads through a link of \/proc, or in a circle\n/)
    }
  })

  test('a symlink that leads nowhere, or in a circle, is told before there is a pod', async () => {
    for (const [source, why] of [
      [linkTo('dangling', 'nothing'), 'no such file or directory'],
      [linkTo('circle', 'circle'), 'too many symbolic links encountered'],
      ['/etc/machine-id/x', 'not a directory'],
    ] as const) {
      const { stderr } = await show(source, 'ls')
      assert.equal(stderr, `appc: volume host: ${source}: ${why}\nhint: namei --long ${source}\n`)
    }
  })
})
