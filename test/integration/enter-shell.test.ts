import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { cannotRun, InPod } from '../helpers/in-pod.js'

/**
 * The file of the image at a path: a program that prints this word, a symlink, or something else.
 */
type Node = { readonly says: string; readonly mode?: number } | { readonly link: string } | 'directory' | 'nothing'

function writeNode(root: string, path: string, node: Node): void {
  const target = join(root, path)
  mkdirSync(dirname(target), { recursive: true })
  rmSync(target, { recursive: true, force: true })
  if (node === 'directory') mkdirSync(target)
  else if (node === 'nothing') return
  else if ('link' in node) symlinkSync(node.link, target)
  else {
    writeFileSync(target, `#!/bin/busybox sh\necho ${node.says} as $0\n`)
    chmodSync(target, node.mode ?? 0o755)
  }
}

/** A program of the host that the images of these tests do not have. */
const HOST_PROGRAM = '/usr/bin/systemctl'

describe('`enter` without a command runs the shell of the root', { skip: cannotRun(), concurrency: 2 }, () => {
  const row = (name: string, nodes: Readonly<Record<string, Node>>, expected: string | RegExp): void => {
    test(name, () => {
      using pod = new InPod({ a: {} })
      writeNode(pod.image, 'bin/sh', { says: 'sh' })
      for (const [path, node] of Object.entries(nodes)) writeNode(pod.image, path, node)
      assert.equal(pod.start().status, 0)
      assert.equal(pod.startApp('a').status, 0)
      const { stdout, stderr, status } = pod.enter('a')
      if (typeof expected === 'string') assert.equal(stdout, `${expected}\n`, stderr)
      else assert.match(stderr, expected)
      assert.equal(status, typeof expected === 'string' ? 0 : 254)
    })
  }
  const own: Node = { says: 'own' }
  const bash = (name: string, node: Node, expected: string, more: Readonly<Record<string, Node>> = {}): void =>
    row(`/bin/bash is ${name}`, { 'bin/bash': node, ...more }, expected)

  assert.ok(existsSync(HOST_PROGRAM) && existsSync('/bin/bash'))
  bash('a program', own, 'own as /bin/bash')
  bash('an absolute symlink inside the root', { link: '/opt/shell' }, 'own as /bin/bash', { 'opt/shell': own })
  bash('a relative symlink', { link: '../opt/shell' }, 'own as /bin/bash', { 'opt/shell': own })
  bash('a symlink with more .. than there are directories', { link: '../../../opt/shell' }, 'own as /bin/bash', {
    'opt/shell': own,
  })
  bash('a chain of symlinks', { link: '/opt/one' }, 'own as /bin/bash', {
    'opt/one': { link: '/opt/two' },
    'opt/two': { link: 'shell' },
    'opt/shell': own,
  })
  bash('a symlink through a symlink to a directory', { link: '/local/shell' }, 'own as /bin/bash', {
    local: { link: '/opt' },
    'opt/shell': own,
  })
  bash('an absolute symlink to what only the host has', { link: HOST_PROGRAM }, 'sh as /bin/sh')
  bash('a symlink above the root to what only the host has', { link: `../../../..${HOST_PROGRAM}` }, 'sh as /bin/sh')
  bash('missing', 'nothing', 'sh as /bin/sh')
  bash('a directory', 'directory', 'sh as /bin/sh')
  bash('a symlink to nothing', { link: 'nowhere' }, 'sh as /bin/sh')
  bash('a symlink to itself', { link: 'bash' }, 'sh as /bin/sh')
  bash('not executable', { says: 'own', mode: 0o644 }, 'sh as /bin/sh')
  row('/bin/sh is an absolute symlink', { 'bin/sh': { link: '/opt/shell' }, 'opt/shell': own }, 'own as /bin/sh')
  row('there is none', { 'bin/sh': 'nothing' }, /^appc: app a: program \/bin\/sh: there is no such file in the image$/m)
  row(
    '/bin/sh is not executable',
    { 'bin/sh': { says: 'x', mode: 0o600 } },
    /program \/bin\/sh: is not executable \(mode 0600\)$/m,
  )
})
