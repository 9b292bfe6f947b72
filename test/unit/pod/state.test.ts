import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLACES } from '../../../stage0/data-dir.js'
import { DISCARD_PLACE, stateOf } from '../../../stage0/pod/state.js'

test('the state of a pod is its place and its lock, in the words of rkt', () => {
  assert.deepEqual(
    PLACES.map((place) => [place, stateOf(place, true), stateOf(place, false)]),
    [
      ['embryo', 'embryo', 'embryo'],
      ['prepare', 'preparing', 'aborted-prepare'],
      ['prepared', 'prepared', 'prepared'],
      ['run', 'running', 'exited'],
      ['exited-garbage', 'exited-deleting', 'exited-garbage'],
      ['garbage', 'deleting', 'garbage'],
    ],
  )
})

test('a discarded pod never moves to an earlier place', () => {
  for (const place of PLACES) assert.ok(PLACES.indexOf(DISCARD_PLACE[place]) >= PLACES.indexOf(place), place)
})
