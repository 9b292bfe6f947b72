import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLACES } from '../../../stage0/data-dir.js'
import { GRAVE, stateOf } from '../../../stage0/pod/state.js'

test('the state of a pod is its place and its lock, in the words rkt had', () => {
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

test('a pod only ever moves on to a later place', () => {
  for (const place of PLACES) assert.ok(PLACES.indexOf(GRAVE[place]) >= PLACES.indexOf(place), place)
})
