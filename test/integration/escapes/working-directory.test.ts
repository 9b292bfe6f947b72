import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { attempts, type Attempt } from '../../helpers/escapes/attempts.js'
import { canary, UP } from '../../helpers/escapes/canary.js'
import { directory, hostileImage, link, text, type Files } from '../../helpers/escapes/image.js'
import { noPods, podHost } from '../../helpers/pods.js'

/** As the image says it. */
const at = (workingDirectory: string): Attempt => ({ name: workingDirectory, app: { workingDirectory } })

/**
 * A path that leads to a descriptor of the process that is being set up. The descriptors of an app
 * and of a handler differ.
 */
const atOwn = (path: string): Attempt => ({ ...at(path), via: ['run as root', 'pre-start and post-stop'] })

/** By a symlink of the image. */
const through = (name: string, files: Files, workingDirectory = '/wd'): Attempt => ({
  name: `a symlink of the image, ${name}`,
  app: { workingDirectory },
  files,
  via: ['run as worker', 'pre-start and post-stop'],
})

/** A harmless directory that the running app replaces. */
const replaced = (name: string, commands: string, workingDirectory = '/srv/wd'): Attempt => ({
  name,
  app: { workingDirectory },
  files: { srv: directory(0o777), 'srv/wd': directory(0o777), 'srv/wd/3': directory(0o777) },
  before: `cd /srv && ${commands}`,
  via: ['enter and post-stop'],
})

const relinked = (to: string): Attempt =>
  replaced(`replaced by a symlink to ${to} while the app runs`, `rm -r wd && ln -s ${to} wd`)

describe('escapes by the working directory', { skip: noPods, concurrency: 2 }, () => {
  const host = podHost()
  const outside = canary()
  // its own: it is reached on purpose, while the first attempt runs
  const shown = canary()

  test('what is looked for is found where the host shows it', async () => {
    const image = hostileImage(host.scratch, {
      app: {
        exec: ['/bin/sh', '/attack'],
        workingDirectory: '/srv',
        mountPoints: [{ name: 'host', path: '/srv/var/tmp' }],
      },
      files: { attack: text(shown.loot) },
    })
    const seen = await host.run('--volume=host,kind=host,source=/var/tmp', image)
    assert.throws(() => shown.check(seen.stdout), /a secret of the host was read/)
  })

  attempts(host, outside, [
    // the directories that processes of the pod hold
    at('/proc/1/fd/3'),
    at(`/proc/1/fd/3${UP}`),
    at('/proc/1/root'),
    at(`/proc/1/root/apps`),
    at('/proc/1/cwd'),
    at('/proc/1/task/1/fd/3'),
    ...[0, 3, 4, 5, 6, 7, 8, 9].map((fd) => atOwn(`/proc/self/fd/${fd}`)),
    atOwn('/proc/thread-self/fd/3'),
    atOwn('/proc/self/root'),
    atOwn('/proc/self/cwd'),
    atOwn('/dev/fd/3'),
    atOwn(`/dev/fd/3${UP}`),
    // symlinks that lead there
    through('absolute', { wd: link('/proc/1/fd/3') }),
    through('relative', { wd: link('proc/1/fd/3') }),
    through('to the root of the pod init', { wd: link('/proc/1/root') }),
    through('in a chain', {
      wd: link('srv/one'),
      'srv/one': link('/srv/two'),
      'srv/two': link('../dev/fd/../../1/fd/3'),
    }),
    through('as a component in the middle', { 'srv/hop': link('/proc/1/fd') }, '/srv/hop/3'),
    through('as the first component', { hop: link('/proc/1') }, `/hop/fd/3${UP}`),
    through('with more ".." than there are directories', { wd: link(`..${UP}/proc/1/fd/3`) }),
    // ".." alone
    at(UP),
    at(`/srv${UP}/proc/1/fd/3${UP}`),
    // a root that is no overlay
    ...[at('/proc/1/fd/3'), at('/proc/1/root'), through('absolute', { wd: link('/proc/1/fd/3') })].map((row) => ({
      ...row,
      name: `${row.name}, the root copied`,
      options: ['--no-overlay'],
    })),
    // what the app does to it
    ...['/proc/1/fd/3', '/proc/1/root', '/proc/1/cwd', '/proc/self/fd/5', '/dev/fd/3', '../proc/1/fd/3'].map(relinked),
    replaced(
      'a directory above it replaced by a symlink while the app runs',
      'rm -r wd && ln -s /proc/1/fd wd',
      '/srv/wd/3',
    ),
    replaced('renamed while the app runs, a symlink in its place', 'mv wd away && ln -s /proc/1/fd/3 wd'),
    replaced('renamed while the app runs, nothing in its place', 'mv wd away'),
    replaced('moved up while the app runs', 'mv wd/3 /tmp/3', '/srv/wd/3'),
  ])
})
