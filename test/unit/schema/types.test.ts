import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { acIdentifier } from '#schema/ac-identifier.js'
import { acName } from '#schema/ac-name.js'
import { acVersion } from '#schema/ac-version.js'
import { Place, type Parser } from '#schema/check.js'
import { imageID } from '#schema/image-id.js'
import { isTimestamp } from '#schema/timestamp.js'

import { anImageID } from '../../helpers/manifests.js'

const accepts = (parser: Parser<string>, value: unknown): boolean => {
  const at = new Place()
  const accepted = parser(value, at) !== null
  assert.equal(accepted, at.problems.length === 0)
  return accepted
}

const TABLES: readonly (readonly [rule: string, parser: Parser<string>, good: string[], bad: unknown[]])[] = [
  [
    'T1: AC Identifier',
    acIdentifier,
    [
      'database',
      'example.com/database',
      'example.com/ourapp',
      'example.com/~user/app_v1',
      'sub-domain.example.com/org/product/release',
      '0',
      'a~b',
    ],
    ['', 'A', 'a b', '-a', 'a-', 'a--b', 'a..b', 'a/../b', 'a//b', '/a', 'a/', '~a', 'ä', 'a\n', 'a\0', 7, null, ['a']],
  ],
  [
    'T2: AC Name',
    acName,
    ['database', 'product-database', 'product-database-release', '0', '1a'],
    ['', 'A', 'a.b', 'a_b', 'a/b', '-a', 'a-', 'a--b', 'a\n', ' a', 'ü', 7, null],
  ],
  [
    'T4: AC Version',
    acVersion,
    ['0.8.11', '0.8.11+git', '0.8.10', '0.1.0', '0.9.0', '0.8.11-rc.1', '0.8.11-alpha-1.x+y.z'],
    [
      '',
      '0.8',
      'v0.8.11',
      '0.08.11',
      '0.8.11-',
      '0.8.11+',
      '0.8.11-01',
      '1.0.0',
      '2.0.0',
      '0.0.0',
      '0.0.0+a',
      ' 0.8.11',
      '0.8.11\n',
      8,
      null,
    ],
  ],
  [
    'T5: Image ID',
    imageID,
    [anImageID('0'), anImageID('f')],
    [
      '',
      'sha512-',
      anImageID('A'),
      anImageID('g'),
      `${anImageID('a')}a`,
      `sha512-${'a'.repeat(64)}`,
      'sha256-ab',
      `SHA512-${'a'.repeat(128)}`,
      `${anImageID('a')}\n`,
      7,
    ],
  ],
]

for (const [rule, parser, good, bad] of TABLES) {
  describe(`SPEC ${rule}`, () => {
    for (const value of good) {
      test(`${JSON.stringify(value)} is one`, () => {
        assert.ok(accepts(parser, value))
      })
    }
    for (const value of bad) {
      test(`${JSON.stringify(value)} is none`, () => {
        assert.ok(!accepts(parser, value))
      })
    }
  })
}

test('SPEC T4: another version of our series is noted', () => {
  const notes = (version: string) => {
    const at = new Place()
    acVersion(version, at)
    return at.notes.map(({ message }) => message)
  }
  assert.deepEqual(notes('0.8.11'), [])
  assert.deepEqual(notes('0.8.11+git'), [])
  assert.deepEqual(notes('0.8.10'), ['0.8.10 is older than the specification’s 0.8.11'])
  assert.deepEqual(notes('0.8.9'), ['0.8.9 is older than the specification’s 0.8.11'])
  assert.deepEqual(notes('0.8.11-rc.1'), ['0.8.11-rc.1 is older than the specification’s 0.8.11'])
  assert.deepEqual(notes('0.10.0'), ['0.10.0 is newer than the specification’s 0.8.11'])
})

describe('SPEC T7: timestamps', () => {
  for (const value of [
    '2014-10-27T19:32:27Z',
    '2014-10-27T19:32:27.67021798Z',
    '2015-05-18T13:49:28.351729952-04:00',
    '2016-02-29T00:00:00Z',
    '0001-01-01T00:00:00Z',
  ]) {
    test(`${value} is one`, () => {
      assert.ok(isTimestamp(value))
    })
  }
  for (const value of [
    '',
    '2014-10-27',
    '2014-10-27 19:32:27Z',
    '2014-10-27T19:32:27',
    '2015-02-29T00:00:00Z',
    '2015-13-01T00:00:00Z',
    '2015-00-01T00:00:00Z',
    '2015-01-00T00:00:00Z',
    '2015-01-01T24:00:00Z',
    '2015-01-01T00:60:00Z',
    '2015-01-01T1:00:00Z',
    '2015-01-01T00:00:00.Z',
    '2015-01-01T00:00:00+1:00',
    '2015-01-01T00:00:00Z\n',
  ]) {
    test(`${JSON.stringify(value)} is none`, () => {
      assert.ok(!isTimestamp(value))
    })
  }
})
