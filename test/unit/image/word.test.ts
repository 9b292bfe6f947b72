import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { type ImageWord, parseImageWord } from '../../../stage0/image/word.js'
import { temporaryDirectory } from '../../helpers/data-dir.js'

const ACCEPTED: readonly (readonly [word: string, kind: ImageWord['kind']])[] = [
  ['-', 'stdin'],
  ['/a/b', 'file'],
  ['./example.com', 'file'],
  ['../x.aci', 'file'],
  ['x.aci', 'file'],
  ['file:///a/b.aci', 'file'],
  ['FILE:///a/b.aci', 'file'],
  ['https://example.com/a.aci', 'url'],
  ['http://example.com/a.aci?token=1', 'url'],
  ['sha512-1234', 'id'],
  ['example.com/redis', 'name'],
  ['example.com/redis:7.2', 'name'],
  ['example.com/redis:7.2,arch=amd64,os=linux', 'name'],
  ['redis', 'name'],
]

const REFUSED: readonly (readonly [word: string, message: RegExp])[] = [
  ['docker://redis', /^docker:\/\/redis: not an App Container image/],
  ['docker:redis', /^docker:redis: not an App Container image/],
  ['ftp://example.com/a.aci', /: ftp: images come by https, http and file URLs only$/],
  ['https://example.com/a', /: the URL of an image ends in \.aci$/],
  ['https://example.com/a?b.aci', /: the URL of an image ends in \.aci$/],
  ['https://', /: not a URL$/],
  ['file://elsewhere/a.aci', /: not the URL of a file on this host/],
  ['sha512-xyz', /: an image ID is sha512-/],
  ['Example.com/a', /: not an image name/],
  ['example.com/a,b', /: a label is written name=value$/],
  ['example.com/a:', /: the version after : is empty$/],
  ['example.com/a:1:2', /: a name has one version: NAME:VERSION$/],
  ['example.com/a,os=', /: the label os is empty$/],
  ['example.com/a,b=1,b=2', /: the label b is given twice$/],
  ['example.com/a:1,version=2', /: the label version is given twice$/],
]

describe('what the word for an image means', () => {
  for (const [word, kind] of ACCEPTED) test(word, () => assert.equal(parseImageWord(word).kind, kind))

  for (const [word, message] of REFUSED) {
    test(`${word} is refused`, () => {
      assert.throws(
        () => parseImageWord(word),
        (error) => error instanceof RuntimeError && error.code === 'USAGE' && message.test(error.message),
      )
    })
  }

  test('a file that is there comes before an image of that name', (t) => {
    const directory = temporaryDirectory(t)
    const before = process.cwd()
    process.chdir(directory)
    t.after(() => process.chdir(before))
    assert.equal(parseImageWord('redis').kind, 'name')
    writeFileSync(join(directory, 'redis'), '')
    assert.deepEqual(parseImageWord('redis'), { kind: 'file', text: 'redis', path: 'redis' })
  })

  test('escapes of a file URL are undone', () => {
    const text = 'file:///a%20b/c.aci'
    assert.deepEqual(parseImageWord(text), { kind: 'file', text, path: '/a b/c.aci' })
  })
})
