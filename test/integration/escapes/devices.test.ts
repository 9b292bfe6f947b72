import assert from 'node:assert/strict'
import { chmodSync, chownSync, lstatSync, readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { canary } from '../../helpers/escapes/canary.js'
import { device, directory, type Files } from '../../helpers/escapes/image.js'
import { probes, type Probe } from '../../helpers/escapes/probes.js'
import { noPods, podHost } from '../../helpers/pods.js'

const NODES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`)

/** A disk of this machine: only its beginning is ever read. */
function disk(): readonly [major: number, minor: number] {
  const [, major, minor] = /^ +(\d+) +(\d+) +\d+ \S+$/m.exec(readFileSync('/proc/partitions', 'utf8')) ?? []
  return major === undefined ? [7, 0] : [Number(major), Number(minor)]
}

/** What no app may open, by what it is. */
const DEVICES: readonly (readonly [name: string, kind: 'b' | 'c', major: number, minor: number])[] = [
  ['a disk', 'b', ...disk()],
  ['a loop device', 'b', 7, 0],
  ['a RAM disk', 'b', 1, 0],
  ['the memory', 'c', 1, 1],
  ['the I/O ports', 'c', 1, 4],
  ['the kernel’s log', 'c', 1, 11],
  ['the console', 'c', 5, 1],
  ['a virtual terminal', 'c', 4, 0],
  ['the loop control', 'c', 10, 237],
  ['FUSE', 'c', 10, 229],
  ['network tunnels', 'c', 10, 200],
  ['KVM', 'c', 10, 232],
  ['vhost', 'c', 10, 238],
  ['user-space input', 'c', 10, 223],
]

const made = (place: string): readonly Probe[] =>
  DEVICES.map(([name, kind, major, minor]) => ({
    name: `a node of ${name}, made in ${place}, is opened`,
    script: `mknod ${place}/node ${kind} ${major} ${minor} || exit 1; (: <${place}/node); opened=$?; rm ${place}/node; exit $opened`,
  }))

/** The same in the image. */
const ofImage: Files = {
  nodes: directory(),
  ...Object.fromEntries(
    DEVICES.map(([, kind, major, minor], index) => [
      `nodes/${index}`,
      device(kind === 'b' ? 'block' : 'character', major, minor),
    ]),
  ),
  dev: directory(),
  'dev/disk': device('block', ...disk()),
}

const inImage: readonly Probe[] = DEVICES.map(([name], index) => ({
  name: `a node of ${name} in the image is opened`,
  script: `: </nodes/${index}`,
}))

const USUAL = 'console|core|fd|full|mqueue|null|ptmx|pts|random|shm|stderr|stdin|stdout|tty|urandom|zero'

const others: readonly Probe[] = [
  { name: 'a node of the image in /dev', script: 'ls /dev/disk' },
  { name: 'more in /dev than the usual', script: `ls -A /dev | grep -v -x -E '${USUAL}'` },
  { name: 'a terminal of the host in /dev/pts', script: 'ls /dev/pts | grep -v ptmx' },
  { name: 'the console of the host at /dev/console', script: '[ "$(stat -c %t:%T /dev/console)" = 5:1 ]' },
  { name: 'a controlling terminal', script: ': </dev/tty' },
  { name: '/dev/null is another device', script: '[ "$(stat -c %t:%T /dev/null)" != 1:3 ]' },
  { name: 'standard input tells something', script: `head -c 1 /proc/$$/fd/0 | grep -q .` },
]

describe('escapes by devices', { skip: noPods }, () => {
  const host = podHost()
  const facts = (): string[] =>
    NODES.map((path) => {
      const { mode, uid, gid, rdev, ino, mtimeMs } = lstatSync(path)
      // a terminal's time is that of the last use
      return [path, mode.toString(8), uid, gid, rdev, ino, ...(path === '/dev/tty' ? [] : [mtimeMs])].join(' ')
    })
  const before = facts()
  const modes = NODES.map((path) => [path, lstatSync(path)] as const)
  after(() => {
    for (const [path, { mode, uid, gid }] of modes) {
      chownSync(path, uid, gid)
      chmodSync(path, mode & 0o7777)
    }
  })
  // what an app does to its own nodes may succeed: it is the host's that are looked at
  const changing: readonly Probe[] = [...NODES, '/dev/console', '/dev/stdin', '/proc/$$/fd/0', '/proc/$$/fd/1'].map(
    (path) => ({
      name: `${path} is changed`,
      script: `chmod 604 ${path}; chown 7:7 ${path}; touch -d 2000-01-01 ${path}; false`,
    }),
  )
  probes(host, canary(), [...others, ...made('/srv'), ...made('/dev').slice(0, 3), ...inImage, ...changing], {
    files: ofImage,
  })
  test('the nodes of the host are as they were', () => assert.deepEqual(facts(), before))
})
