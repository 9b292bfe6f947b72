import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseChecks, resultsOf } from '../../../stage0/ace/results.js'

const CHECKS = parseChecks('main\tE12\tenvironment\nmain\tI8\tmemory\nside\tE12\tenvironment\nside\tP5\troot\n')

describe('the results of appc ace', () => {
  test('each check gets its own result, in the order of the table', () => {
    const written = [
      'side\tE12\tenvironment\tok\t',
      'main\tI8\tmemory\tnot seen\tno controller',
      'main\tE12\tenvironment\tfailed\tPATH is "", expected "/bin"',
      'side\tP5\troot\tok\t',
      '',
    ].join('\n')
    assert.deepEqual(
      resultsOf(CHECKS, written).map(({ place, row, result, detail }) => [place, row, result, detail]),
      [
        ['main', 'E12', 'failed', 'PATH is "", expected "/bin"'],
        ['main', 'I8', 'not seen', 'no controller'],
        ['side', 'E12', 'ok', ''],
        ['side', 'P5', 'ok', ''],
      ],
    )
  })

  test('a check without a result has failed, and other lines are no results', () => {
    const results = resultsOf(CHECKS, 'main\tE12\tenvironment\tgreat\t\nside\tE12\tenv\tok\t\nhello\n')
    assert.deepEqual(
      results.map(({ result, detail }) => [result, detail]),
      CHECKS.map(() => ['failed', 'no result']),
    )
  })
})
