import { Linter } from 'eslint'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { join } from 'node:path'
import tseslint from 'typescript-eslint'
import { arrowsRule, readArrows, refusal } from '../../../scripts/arrows.js'

const ROOT = join(import.meta.dirname, '../../..')

/** The messages of the linter about one file of the project. */
function lint(file: string, text: string): readonly string[] {
  const messages = new Linter({ cwd: ROOT }).verify(
    text,
    {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser },
      plugins: { architecture: { rules: { arrows: arrowsRule() } } },
      rules: { 'architecture/arrows': 'error' },
    },
    join(ROOT, file),
  )
  return messages.map(({ message }) => message.replace(' (ARCHITECTURE.md, Folders and arrows)', ''))
}

describe("imports go only where ARCHITECTURE.md's table has an arrow", () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['stage0/pod/x.ts', "import { a } from '../prepare/prepare.js'", 'stage0/pod may not import stage0/prepare'],
    ['stage0/pod/x.ts', "export * from '../fetch/fetch.js'", 'stage0/pod may not import stage0/fetch'],
    ['stage0/pod/x.ts', "export const a = import('../fetch/fetch.js')", 'stage0/pod may not import stage0/fetch'],
    ['stage0/pod/x.ts', "import type { A } from '../fetch/fetch.js'", 'stage0/pod may not import stage0/fetch'],
    ['stage0/pod/x.ts', "type A = import('../fetch/fetch.js').A", 'stage0/pod may not import stage0/fetch'],
    ['stage0/trust/message/x.ts', "import '../../fetch/fetch.js'", 'stage0/trust may not import stage0/fetch'],
    ['stage0/cli/commands/x.ts', "import '../../../stage1/run.js'", 'stage0/cli may not import stage1/*.ts'],
    ['stage0/store/x.ts', "import '../schema/app.js'", 'stage0/store may not import ../schema/app.js: it is #schema'],
    ['stage0/config/x.ts', "import '#native'", 'stage0/config may not import #native'],
    ['stage0/schema/x.ts', "import 'node:fs'", 'stage0/schema may not import node:fs'],
    ['stage0/schema/x.ts', "import '../random.js'", 'stage0/schema may not import stage0/*.ts'],
    ['stage0/http/x.ts', "export const a = import('openpgp')", 'stage0/http may not import openpgp'],
    ['stage1/run.ts', "import 'dbus-next/lib/message.js'", 'stage1/*.ts may not import dbus-next/lib/message.js'],
    ['stage1/run.ts', "import '../stage0/pod/pod.js'", 'stage1/*.ts may not import stage0/pod'],
    ['stage1/plan/x.ts', "import { a } from '#native'", 'stage1/plan may not import more than types of #native'],
    ['stage0/new/x.ts', "import 'node:fs'", 'stage0/new has no row in ARCHITECTURE.md, Folders and arrows'],
    [
      'stage0/pod/x.ts',
      'export const a = import(name)',
      'what is imported must be written out, so that it can be checked',
    ],
  ]
  for (const [file, text, message] of refused) {
    test(`${file}: ${text} is refused`, () => assert.deepEqual(lint(file, text), [message]))
  }

  const allowed: readonly (readonly [string, string])[] = [
    ['stage0/pod/x.ts', "import { a } from '../files/lock.js'"],
    ['stage0/pod/x.ts', "import { a } from './pod.js'"],
    ['stage0/pod/x.ts', "import { dataDir } from '../data-dir.js'"],
    ['stage0/pod/x.ts', "import 'node:fs'; import '#native'; import '#schema/app.js'"],
    ['stage0/cli/commands/x.ts', "export const a = import('../../fetch/fetch.js')"],
    ['stage0/schema/x.ts', "import { a } from './app.js'"],
    ['stage0/trust/x.ts', "export const a = import('openpgp')"],
    ['stage1/plan/x.ts', "import type { A } from '#native'"],
    ['stage1/run.ts', "import './plan/plan.js'; import './systemd/bus.js'; import '#schema/app.js'"],
    ['scripts/x.ts', "import '../stage0/cli/main.js'; import '../stage1/main.js'"],
  ]
  for (const [file, text] of allowed) {
    test(`${file}: ${text} is allowed`, () => assert.deepEqual(lint(file, text), []))
  }
})

describe("ARCHITECTURE.md's table of arrows", () => {
  const table = (cell: string) =>
    `## Folders and arrows\n\n| folder | owns | may import |\n|---|---|---|\n| \`stage0/a\` | x | ${cell} |\n\n## Next\n`

  test('a folder may import what its row lists, several in braces', () => {
    const arrows = readArrows(table('`stage0/{b,c}`, `#schema`'))
    assert.deepEqual([...(arrows.rows.get('stage0/a')?.keys() ?? [])], ['stage0/b', 'stage0/c', '#schema'])
    assert.equal(refusal(arrows, 'stage0/a/x.ts', '#schema/app.js'), null)
  })

  for (const cell of ['', 'most of stage0', '`stage0/b` and `#schema`', '`stage0/b`, http']) {
    test(`"${cell}" is an error, and does not allow everything`, () =>
      assert.throws(() => readArrows(table(cell)), /stage0\/a may import .*: expected folders in backquotes/))
  }

  test('no table is an error', () => assert.throws(() => readArrows('# Nothing\n'), /no table of folders and arrows/))
})
