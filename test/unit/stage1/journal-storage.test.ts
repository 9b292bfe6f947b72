import { strict as assert } from 'node:assert'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { unstored } from '../../../stage1/output/journal-storage.js'

const MAIN = 'etc/systemd/journald.conf'
const dropIn = (top: string, name: string): string => `${top}/systemd/journald.conf.d/${name}.conf`

describe('what journald is configured not to store', () => {
  for (const [what, files, expected] of [
    ['nothing, without configuration', {}, undefined],
    ['nothing, by the usual one', { [MAIN]: '[Journal]\n#Storage=none\nStorage=auto\n' }, undefined],
    [
      'all, by the main file',
      { [MAIN]: '[Journal]\nStorage = none\n' },
      /stores nothing \(Storage=none in .*journald\.conf\)/,
    ],
    ['all, by a drop-in', { [dropIn('run', 'a')]: 'Storage=none' }, /Storage=none in .*run\/systemd\/.*a\.conf/],
    [
      'the last drop-in decides',
      { [dropIn('etc', 'a')]: 'Storage=none', [dropIn('run', 'b')]: 'Storage=volatile' },
      undefined,
    ],
    ['one of /etc hides its namesake', { [dropIn('run', 'a')]: 'Storage=none', [dropIn('etc', 'a')]: '' }, undefined],
    ['stdout, by its level', { [MAIN]: 'MaxLevelStore=notice\n' }, /stores no stdout of apps \(MaxLevelStore=notice/],
    ['both, by a number', { [MAIN]: 'MaxLevelStore=2\n' }, /stores neither stdout nor stderr/],
    ['nothing, by the level of stdout', { [MAIN]: 'MaxLevelStore=info\n' }, undefined],
    ['nothing, by what is no file', { [`${dropIn('etc', 'a')}/x`]: '' }, undefined],
    ['nothing, by a level that is none', { [MAIN]: 'MaxLevelStore=loud\n' }, undefined],
  ] as const satisfies readonly (readonly [string, Readonly<Record<string, string>>, RegExp | undefined])[]) {
    test(what, () => {
      const root = mkdtempSync(join(tmpdir(), 'appc-journald-'))
      try {
        for (const [file, content] of Object.entries(files)) {
          mkdirSync(dirname(join(root, file)), { recursive: true })
          writeFileSync(join(root, file), content)
        }
        const words = unstored(`${root}/`)
        if (expected === undefined) assert.equal(words, undefined)
        else assert.match(words ?? '', expected)
      } finally {
        rmSync(root, { recursive: true })
      }
    })
  }
})
