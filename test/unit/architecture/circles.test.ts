import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../../..')

/**
 * The imports of each file, type imports included, but without those that it loads later with
 * `import()`.
 */
type Imports = ReadonlyMap<string, readonly string[]>

function importsOf(folder: string): Imports {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => join(folder, path))
  return new Map(files.map((file) => [file, importsIn(file, readFileSync(join(ROOT, file), 'utf8'))]))
}

const importsIn = (file: string, text: string): readonly string[] =>
  [...text.matchAll(/\bfrom '([^']+)\.js'/g)].flatMap(([, word = '']) => {
    if (word.startsWith('#schema/')) return [`stage0/schema/${word.slice('#schema/'.length)}.ts`]
    return word.startsWith('.') ? [normalize(`${join(dirname(file), word)}.ts`)] : []
  })

/** The import cycles that a walk through all files finds. */
function circles(imports: Imports): readonly string[] {
  const found: string[] = []
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    const from = path.indexOf(file)
    if (from !== -1) found.push([...path.slice(from), file].join(' → '))
    if (from !== -1 || done.has(file)) return
    for (const next of imports.get(file) ?? []) walk(next, [...path, file])
    done.add(file)
  }
  for (const file of imports.keys()) walk(file, [])
  return found
}

test('no file imports a file that imports it, not even for a type', () => {
  assert.deepEqual(circles(new Map([...importsOf('stage0'), ...importsOf('stage1')])), [])
})

test('a cycle of three files is found', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
  ])
  assert.deepEqual(circles(imports), ['a → b → c → a'])
})
