import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { directory, fifo, hostileImage, link, text, type Files, type Node } from '../helpers/escapes/image.js'
import type { File } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'

/**
 * appc writes resolv.conf only with the host's network. A copied root must behave like an overlay.
 */
function moreOptions(name: string): string[][] {
  if (name.startsWith('/etc/resolv.conf')) return [['--net=host']]
  return name.startsWith('/etc is') ? [['--no-overlay']] : []
}

describe(
  'an image starts with any kind of file where appc puts its own files',
  { skip: noPods, concurrency: 2 },
  () => {
    const host = podHost()
    const script = 'echo ran; cat /etc/hostname 2>/dev/null; [ -d /tmp ] && echo tmp'
    const app = { exec: ['/bin/sh', '-c', script] }
    const testStart = (name: string, image: () => string, expected: RegExp): void => {
      for (const options of [[], ...moreOptions(name)]) {
        test([name, ...options].join(' '), async () => {
          const { stdout, stderr, status } = await host.run('--hostname=own', ...options, image())
          assert.match(stdout, /^ran$/m, stderr)
          assert.match(stdout + stderr, expected)
          assert.equal(status, 0, stderr)
        })
      }
    }
    const own = /^ran\nown\ntmp$/m
    const at = (path: string, kind: string, node: Node, more: Files = {}, expected = own): void =>
      testStart(
        `/${path} is ${kind}`,
        () => hostileImage(host.scratch, { app, files: { [path]: node, ...more } }),
        expected,
      )

    for (const file of ['hostname', 'hosts', 'resolv.conf', 'mtab'].map((name) => `etc/${name}`)) {
      const left = file === 'etc/hostname' ? /is not made: the image has something else there/ : own
      at(file, 'a symlink into /proc', link('/proc/sys/kernel/hostname'))
      at(file, 'a relative symlink into /proc', link('../proc/sys/kernel/hostname'))
      at(file, 'a symlink to a process', link('/proc/1/root'))
      at(file, 'a symlink to nothing', link('/nowhere/at/all'))
      at(file, 'a symlink to itself', link(`/${file}`))
      at(file, 'a symlink to a directory', link('/bin'))
      at(file, 'a directory', directory(), {}, left)
      at(file, 'a directory with a file in it', directory(), { [`${file}/x`]: text('x') }, left)
      at(file, 'a FIFO', fifo)
    }
    const without =
      /^warning: pod \S+: mount point \/etc\/hostname of app \S+: is not made: the image has something else there$/m
    const replaced = (path: string): RegExp =>
      new RegExp(`mount point ${path} of app \\S+: a directory takes the place of a file of the image$`, 'm')
    const etc = (kind: string, file: File): void =>
      testStart(`/etc is ${kind}`, () => host.image({ app, without: ['etc'], files: { etc: file } }), without)
    etc('a symlink to itself', { link: 'etc' })
    etc('a file', 'x')
    for (const path of ['tmp', 'proc', 'sys', 'dev']) {
      at(path, 'a file', text('x'), {}, replaced(`/${path}`))
      at(path, 'a FIFO', fifo, {}, replaced(`/${path}`))
      at(path, 'a symlink to itself', link(path), {}, replaced(`/${path}`))
      at(path, 'a symlink to nothing', link('/nowhere'))
      at(path, 'a symlink to a file', link('/file'), { file: text('x') }, replaced(`/${path}`))
    }
  },
)
