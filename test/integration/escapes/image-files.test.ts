import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { attempts, type Attempt } from '../../helpers/escapes/attempts.js'
import { canary, UP } from '../../helpers/escapes/canary.js'
import { device, directory, fifo, hardLink, link, type Files, type Node } from '../../helpers/escapes/image.js'
import { noPods, podHost } from '../../helpers/pods.js'

/**
 * A file of the kernel that accepts only masks of processors, so that writing a name to it is an
 * error and changes nothing.
 */
const KERNEL = '/proc/irq/default_smp_affinity'
const HOSTNAME = 'no-mask'

describe('escapes by the files of an image', { skip: noPods, concurrency: 2 }, () => {
  const host = podHost()
  const outside = canary()
  /** Opens and never writes: the kernel's switches are out of reach wherever /proc is. */
  const look = `${outside.loot}
echo "hostname $(cat /etc/hostname 2>/dev/null)"
(: >>/proc/sysrq-trigger) 2>/dev/null && echo "a switch of the kernel can be written"
(: >>/proc/sys/kernel/core_pattern) 2>/dev/null && echo "a setting of the kernel can be written"
true`
  const row = (name: string, files: Files, more: Partial<Attempt> = {}): Attempt => ({
    name,
    files,
    script: look,
    via: ['run as root'],
    options: [`--hostname=${HOSTNAME}`],
    check: (said) => assert.doesNotMatch(said, /can be written|cannot be written/),
    ...more,
  })
  const placed = (path: string, what: string, node: Node): Attempt => row(`/${path} is ${what}`, { [path]: node })

  const nodes = (path: string): Attempt[] => [
    placed(path, 'a symlink to a file of the kernel', link(KERNEL)),
    placed(path, 'a symlink to a file of the host', link(`/proc/1/fd/3${UP}${outside.directory}/secret`)),
    placed(path, 'a symlink to itself', link(`/${path}`)),
    placed(path, 'a FIFO', fifo),
    placed(path, 'a character device', device('character', 1, 7)),
    placed(path, 'a block device', device('block', 7, 0)),
    placed(path, 'a directory', directory()),
  ]
  /** Whatever the app finds there. */
  const mounted = (name: string, path: string, files: Files = {}): Attempt =>
    row(`a volume at ${name}`, files, { app: { mountPoints: [{ name: 'data', path }] }, check: () => undefined })

  attempts(host, outside, [
    ...['etc/hostname', 'etc/hosts', 'etc/resolv.conf', 'etc/mtab'].flatMap(nodes),
    placed('etc/hostname', 'a hard link of the program', hardLink('bin/busybox')),
    placed('etc/hostname', 'a relative symlink to a file of the kernel', link(`..${KERNEL}`)),
    placed('etc/hostname', 'a symlink that leads nowhere', link('nowhere')),
    row(
      '/etc/hostname is a symlink into a volume',
      { 'etc/hostname': link('/data/secret') },
      {
        app: { mountPoints: [{ name: 'data', path: '/data' }] },
        options: [`--hostname=${HOSTNAME}`, `--volume=data,kind=host,source=${outside.directory}`],
        script: 'echo attempted',
      },
    ),
    ...['etc', 'tmp', 'dev', 'proc', 'sys', 'run'].flatMap((name) => [
      placed(name, 'a symlink to a directory of the kernel', link('/proc/sys/kernel')),
      placed(name, 'a symlink to a directory of the host', link(`/proc/1/fd/3${UP}${outside.directory}`)),
      placed(name, 'a symlink above the root', link(`..${UP}${outside.directory}`)),
      placed(name, 'a symlink to another directory of the image', link('srv')),
      placed(name, 'a FIFO', fifo),
    ]),
    row('/etc is a symlink to a directory of the kernel that has a file hostname', { etc: link('/proc/sys/kernel') }),
    row('/proc/sys is a symlink of the image', { proc: directory(), 'proc/sys': link('/srv') }),
    row(
      '/dev has a block device of the host',
      { dev: directory(), 'dev/disk': device('block', 7, 0) },
      {
        script: 'echo attempted; [ ! -e /dev/disk ] || echo "a device of the image can be written"',
      },
    ),
    mounted('a path above the root', `${UP}${outside.directory}/new`),
    mounted('a symlink above the root', '/out/new', { out: link(`..${UP}${outside.directory}`) }),
    mounted('an absolute symlink', '/out/new', { out: link(outside.directory) }),
    mounted('a symlink through the lock of the pod init', '/out/new', {
      out: link(`/proc/1/fd/3${UP}${outside.directory}`),
    }),
    mounted('a symlink to the root of the pod init', '/out/empty', { out: link('/proc/1/root') }),
    mounted('the lock of the pod init', '/proc/1/fd/3/new'),
    mounted('/proc/self/fd', '/proc/self/fd'),
    mounted('/proc/sys', '/proc/sys'),
    mounted('/sys/kernel', '/sys/kernel'),
    mounted('/dev/null', '/dev/null'),
    mounted('/dev', '/dev'),
    mounted('/proc', '/proc'),
    mounted('/etc', '/etc'),
    mounted('a symlink to /proc', '/out', { out: link('proc') }),
    mounted('a FIFO', '/out', { out: fifo }),
  ])
})
