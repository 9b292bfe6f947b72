import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { noPods, podHost } from '../helpers/pods.js'
import type { Seen } from '../helpers/run-cli.js'

describe('host volumes', { skip: noPods }, () => {
  const mounted: string[] = []
  // runs before the host's own directory is removed; in reverse order, because a later mount may be
  // on an earlier one
  after(() => mounted.reverse().forEach((path) => execFileSync('umount', [path])))
  const host = podHost()
  const box = host.image()

  const show = (source: string, script: string, fields = ''): Promise<Seen> =>
    host.run(
      `--volume=host,kind=host,source=${source}${fields}`,
      '--mount=volume=host,target=/host',
      ...[box, '--exec=/bin/sh', '--', '-c', script],
    )
  const outputOf = async (source: string, script: string, fields?: string): Promise<string> => {
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

  describe('show the root directory of the host', () => {
    const links = [linkTo('to-root', '/'), linkTo('up', '../../../../../../..')]
    for (const source of ['/', '//', '/.', '/..', '/../..', '/etc/..', '/etc/../..', ...links]) {
      test(source.replace(host.scratch, 'link'), async () => {
        assert.equal(await outputOf(source, list('/host')), names('/'))
        assert.equal(await outputOf(source, list('/host'), ',recursive=false'), names('/'))
      })
    }

    test('a link above the root leads to what the host has there', async () => {
      assert.equal(await outputOf(linkTo('above', '../../../../../../../etc/../etc'), 'cat /host/machine-id'), id())
    })
  })

  const id = (): string => readFileSync('/etc/machine-id', 'utf8').trim()

  test('a recursive volume of / includes the file systems of the kernel', async () => {
    const script = 'cat /host/proc/1/comm; [ -d /host/sys/kernel ] && echo sys; ls -A /host/proc'
    assert.match(await outputOf('/', script), /^systemd\nsys\n1\n/)
    assert.equal(await outputOf('/', `(${script}) 2>/dev/null`, ',recursive=false'), '')
  })

  for (const [source, script, expected] of [
    ['/proc', 'cat /host/1/comm', 'systemd'],
    ['/sys', '[ -d /host/kernel ] && echo sys', 'sys'],
    ['/dev', '[ -c /host/null ] && echo dev; cat </host/null', 'dev'],
    ['/run', '[ -d /host/systemd/units ] && echo run', 'run'],
    ['/proc/sys/kernel/ostype', 'cat /host', 'Linux'],
    ['/etc/machine-id', '[ -f /host ] && echo file', 'file'],
  ] as const) {
    test(`${source} as the source`, async () => assert.equal(await outputOf(source, script), expected))
  }

  describe('appc’s own data', () => {
    const data = host.dir.root
    const script = (place: string): string =>
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
        assert.equal(await outputOf(source, script(place), fields), 'looked')
        assert.equal(existsSync(join(data, 'x')), false)
      })
    }

    test('is hidden where another mount of the host shows it', async () => {
      const second = mount(directory('twice'), '--bind', dirname(data))
      assert.equal(await outputOf(second, script(`/${basename(data)}`)), 'looked')
      assert.equal(await outputOf(host.scratch, script(`/twice/${basename(data)}`)), 'looked')
    })

    test('is hidden from every app, but files beside it are not', async () => {
      writeFileSync(scratch('beside'), 'seen\n')
      const place = `/host/scratch/beside`
      assert.equal(await outputOf(dirname(data), `cat ${place}; ls -A /host/${basename(data)}`), 'seen')
    })

    test('is refused as a source', async () => {
      const pods = join(data, 'pods')
      for (const source of [data, `${data}/`, pods, `${pods}/..`, join(data, 'cas'), linkTo('to-data', data)]) {
        const { status, stderr } = await show(source, 'ls /host')
        assert.equal(status, 254)
        assert.match(stderr, /^appc: volume host: \S+ is in appc's data directory \S+, which no volume shows\n/)
      }
    })

    test('is refused as a source where another mount of the host shows it or a part of it', async () => {
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
      assert.equal(await outputOf(`${data}-too`, 'cat /host/file'), 'seen')
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
        const answer = await outputOf(source, `cat /host/${file}`, fields)
        assert.equal(answer, expected ?? `cat: can't open '/host/${file}': No such file or directory`)
      })
    }

    test('below a read-only volume are read-only', async () => {
      const script = '(echo x >/host/inner/x) 2>/dev/null && echo written || echo refused'
      assert.equal(await outputOf(place, script, ',readOnly=true'), 'refused')
    })
  })

  describe('sources that are not directories', () => {
    test('a socket is a socket in the pod', async () => {
      const path = scratch('socket')
      const server = createServer().listen(path)
      try {
        assert.equal(await outputOf(path, '[ -S /host ] && echo socket'), 'socket')
      } finally {
        server.close()
      }
    })

    test('a FIFO is a FIFO in the pod, and nothing blocks on it', async () => {
      execFileSync('mkfifo', [scratch('fifo')])
      assert.equal(await outputOf(scratch('fifo'), '[ -p /host ] && echo fifo'), 'fifo')
    })

    for (const [name, to] of [
      ['an absolute symlink', '/etc/machine-id'],
      ['a relative symlink', '../../../../etc/machine-id'],
      ['a symlink to a symlink', 'first'],
    ] as const) {
      test(`${name} to a file`, async () => {
        if (to === 'first') linkTo('first', '/etc/machine-id')
        assert.equal(await outputOf(linkTo(name.replaceAll(' ', '-'), to), 'cat /host'), id())
      })
    }
  })

  test('links of /proc are refused as sources, whatever their target is', async () => {
    for (const source of ['/proc/1/root', '/proc/1/cwd', '/proc/1/root/etc', linkTo('magic', '/proc/1/root')]) {
      const { status, stderr } = await show(source, 'ls /host')
      assert.equal(status, 254)
      assert.match(stderr, /source \S+: leads through a link of \/proc, or in a circle\n/)
    }
  })

  test('a symlink to nothing, or in a circle, is an error before a pod exists', async () => {
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
