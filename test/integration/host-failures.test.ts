import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { COMMANDS } from '../../stage0/cli/commands.js'
import { noPods, podHost } from '../helpers/pods.js'
import { APPC } from '../helpers/run-cli.js'

describe('problems of the host are reported without an internal error', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  /** The arguments of commands; all others get the name of a pod. */
  const WORDS: Readonly<Record<string, readonly string[]>> = {
    ...Object.fromEntries(
      ['list', 'gc', 'image list', 'image gc', 'trust list', 'config', 'version'].map((name) => [name, []]),
    ),
    run: [box],
    fetch: [box],
    discover: ['example.invalid/x'],
    enter: ['x', '/bin/true'],
    trust: ['--root', '/nonexistent'],
    'trust rm': ['--root', '0'.repeat(40)],
    build: ['/nonexistent', '/nonexistent.aci'],
    validate: ['/nonexistent'],
    'image rm': ['example.com/box'],
    'image cat-manifest': ['example.com/box'],
    'image patch-manifest': ['example.com/box', join(host.scratch, 'patched.aci')],
    'image export': ['example.com/box', join(host.scratch, 'exported.tar')],
    'image sign': ['--key=/nonexistent', '/nonexistent.aci'],
    'image render': ['example.com/box', join(host.scratch, 'rendered')],
    'image extract': ['example.com/box', join(host.scratch, 'extracted')],
    'image verify': ['--all'],
  }
  const call = (name: string, dir: string, cwd = '/') => {
    const words = [`--dir=${dir}`, ...name.split(' '), ...(WORDS[name] ?? ['x'])]
    // a process cannot be started in a removed directory, but a shell can remove its own current
    // directory
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-c', 'cd "$0" && rmdir "$0" 2>/dev/null; exec "$@"', cwd, APPC, ...words],
      {
        encoding: 'utf8',
      },
    )
    assert.doesNotMatch(stderr, /internal error|^ +at /m, name)
    if (status !== 0) assert.notEqual(stderr, '', name)
    return { status, stdout, stderr }
  }

  describe('a data directory that cannot be written', () => {
    const dir = join(host.scratch, 'read-only')
    before(async () => {
      mkdirSync(dir)
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', dir])
      await host.ok([`--dir=${dir}`, 'run', '--pod-name=x', box])
      execFileSync('mount', ['-o', 'remount,ro', dir])
    })
    after(() => {
      execFileSync('umount', ['--lazy', dir])
      rmdirSync(dir)
    })
    for (const name of Object.keys(COMMANDS)) {
      test(`appc ${name}`, () => {
        call(name, dir)
      })
    }

    test('is reported with the file system and a hint', () => {
      const { status, stderr } = call('rm', dir)
      assert.equal(status, 254)
      assert.match(
        stderr,
        new RegExp(`^appc: ${dir}/pods/run/[^ ]+: read-only file system\nhint: findmnt --target ${dir}/`),
      )
    })
  })

  describe('a data directory that is a file', () => {
    const file = join(host.scratch, 'file')
    writeFileSync(file, '')
    for (const [name, dir] of Object.keys(COMMANDS).flatMap(
      (name) =>
        [
          [name, file],
          [name, join(file, 'below')],
        ] as const,
    )) {
      test(`appc --dir=${dir === file ? 'FILE' : 'FILE/below'} ${name}`, () => {
        call(name, dir)
      })
    }

    test('is reported as not a directory', () => {
      const { status, stderr } = call('list', file)
      assert.deepEqual(
        [status, stderr],
        [254, `appc: ${file}: cannot be the data directory: it is no directory\nhint: --dir=PATH names another one\n`],
      )
    })
  })

  describe('a current directory that was removed', () => {
    const removed = join(host.scratch, 'gone')
    for (const name of Object.keys(COMMANDS)) {
      test(`appc ${name}`, () => {
        mkdirSync(removed)
        call(name, host.dir.root, removed)
      })
    }

    test('does not affect listings, or a pod whose image has an absolute path', () => {
      for (const name of ['list', 'image list', 'gc', 'run']) {
        mkdirSync(removed)
        const { status, stderr } = call(name, host.dir.root, removed)
        assert.deepEqual([name, status, stderr], [name, 0, ''])
      }
    })

    test('is an error where a path is relative', () => {
      mkdirSync(removed)
      const { status, stderr } = call('list', 'below', removed)
      assert.deepEqual([status, stderr], [254, 'appc: the current directory does not exist any more\nhint: cd /\n'])
    })
  })
})
