import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const at = (path: string): string => new URL(`../../../${path}`, import.meta.url).href

/** Runs a program's main module where a piece of it never settles. */
function run(program: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--eval', program], { encoding: 'utf8' })
}

test('a command that never comes to an end is an internal failure, not a success', () => {
  const { status, stdout, stderr } = run(`
    const { COMMANDS } = await import(${JSON.stringify(at('stage0/cli/commands.js'))})
    COMMANDS.version.load = () => new Promise(() => {})
    process.argv = ['bun', 'appc', 'version']
    await import(${JSON.stringify(at('stage0/cli/main.js'))})`)
  assert.equal(stdout, '')
  assert.match(stderr, /^appc: internal error: the work came to no end: nothing is left to wait for\ncode: INTERNAL\n/)
  assert.equal(status, 254)
})

test('a verb of stage1 that never comes to an end is an internal failure, too', () => {
  const { status, stderr } = run(`
    const { plugin } = await import('bun')
    const stop = () => new Promise(() => {})
    plugin({
      name: 'never',
      setup: ({ onLoad }) =>
        onLoad({ filter: /\\/stage1\\/stop\\.ts$/ }, () => ({ loader: 'js', contents: 'export const stop = ' + stop })),
    })
    process.argv = ['bun', 'stage1', 'stop']
    await import(${JSON.stringify(at('stage1/main.js'))})`)
  assert.match(stderr, /^appc: internal error: the work came to no end: nothing is left to wait for\n/)
  assert.equal(status, 254)
})

test('a command that ends prints no such error', () => {
  const { status, stdout, stderr } = run(`
    process.argv = ['bun', 'appc', 'version']
    await import(${JSON.stringify(at('stage0/cli/main.js'))})`)
  assert.match(stdout, /appc/)
  assert.equal(stderr, '')
  assert.equal(status, 0)
})
